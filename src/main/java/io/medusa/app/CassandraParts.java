package io.medusa.app;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.KnownDirectories;
import io.medusa.cassandra.LocalCassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Nodetool;
import io.medusa.cassandra.SnapshotService;
import io.medusa.cassandra.cql.CqlDescription;
import io.medusa.cassandra.cql.CqlNode;
import io.medusa.cassandra.cql.CqlSettings;
import io.medusa.cassandra.http.JolokiaSnapshots;
import io.medusa.cassandra.http.ManagementApiSnapshots;
import io.medusa.cassandra.jmx.JmxNode;
import io.medusa.cassandra.jmx.JmxSettings;
import io.medusa.cassandra.process.LocalCassandraService;
import io.medusa.cassandra.process.PodCassandraService;
import io.medusa.cassandra.process.ProgramSnapshots;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.HomeDirectory;
import io.medusa.os.HostNames;
import io.medusa.os.IpAddresses;
import io.medusa.os.PodNames;
import io.medusa.os.SystemClock;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * This machine's Cassandra, put together from the configuration: in a pod, by nodetool or by JMX, as it says. Nothing is connected before
 * it is used.
 *
 * @param substitute a node instead of the one that the configuration describes; {@code null} for that one
 */
record CassandraParts(MedusaConfig config, @Nullable Supplier<CassandraNode> substitute) {
    private static final Duration BEFORE_ANOTHER_SNAPSHOT = Duration.ofSeconds(2);

    /** The node's own configuration; where it names no data directory, with the one that Cassandra uses. */
    CassandraYaml yaml() {
        CassandraYaml yaml = CassandraYaml.read(config.cassandra().configFile());
        if (!yaml.dataDirectories().isEmpty()) {
            return yaml;
        }
        CassandraYaml known = KnownDirectories.of(yaml, service(yaml), System.getenv());
        if (known.dataDirectories().isEmpty()) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "cannot tell where Cassandra keeps its data: " + yaml.file()
                            + " does not name data_file_directories,"
                            + " and neither a running node nor its start script tells. Set it in that file, or start"
                            + " Cassandra");
        }
        return known;
    }

    /** The name of its cluster as cassandra.yaml has it, so that Cassandra need not be asked. */
    Optional<String> clusterName() {
        try {
            return CassandraYaml.read(config.cassandra().configFile()).clusterName();
        } catch (MedusaException unreadable) {
            return Optional.empty();
        }
    }

    /** How its CQL is reached. */
    CqlSettings cql(CassandraYaml yaml) {
        MedusaConfig.Cassandra cassandra = config.cassandra();
        return new CqlSettings(
                yaml.cqlContacts(),
                yaml.nativePort(),
                cassandra.cqlUser(),
                cassandra.cqlPassword(),
                cassandra.caCertificates(),
                cassandra.clientCertificate(),
                cassandra.clientKey());
    }

    /** The node of this machine. */
    CassandraNode node() {
        if (substitute != null) {
            return substitute.get();
        }
        CassandraYaml yaml = yaml();
        AtomicBoolean remembered = new AtomicBoolean();
        return new LocalCassandraNode(
                yaml,
                snapshots(),
                () -> {
                    NodeDescription description = describe(cql(yaml));
                    if (!config.kubernetes().enabled() && remembered.compareAndSet(false, true)) {
                        // a restore may find it down
                        KnownDirectories.remember(yaml, service(yaml));
                    }
                    return description;
                },
                Path.of(System.getProperty("user.home"), ".medusa", "snapshots"),
                SystemClock.utc(),
                BEFORE_ANOTHER_SNAPSHOT);
    }

    /** What a node says of itself and its ring. */
    NodeDescription describe(CqlSettings settings) {
        try (CqlNode node = CqlNode.connect(settings)) {
            // datacenters in other Kubernetes clusters have no names in this one's DNS
            return new CqlDescription(node, resolver(), isResolvedInPod() ? PodNames::resolveOrKeep : resolver())
                    .read();
        }
    }

    /** The process. */
    CassandraService service(CassandraYaml yaml) {
        LocalCassandraService local = new LocalCassandraService(
                yaml,
                config.cassandra().startCommand(),
                config.cassandra().stopCommand(),
                jmx(),
                config.storage().useSudoForRestore(),
                LocalCassandraService.Limits.DEFAULT);
        return config.kubernetes().enabled() ? new PodCassandraService(local) : local;
    }

    private SnapshotService snapshots() {
        MedusaConfig.Kubernetes pod = config.kubernetes();
        if (pod.enabled() && pod.url().isPresent()) {
            URI url = pod.url().get();
            return pod.managementApi()
                    ? new ManagementApiSnapshots(url, pod.tls())
                    : new JolokiaSnapshots(url, pod.tls());
        }
        MedusaConfig.Nodetool nodetool = config.cassandra().nodetool();
        if (!config.cassandra().ccm() && nodetool.executable().isEmpty()) {
            return jmx();
        }
        return new ProgramSnapshots(config.cassandra().ccm(), nodetool(), nodetool.password());
    }

    /** How nodetool is called. */
    Nodetool nodetool() {
        MedusaConfig.Nodetool nodetool = config.cassandra().nodetool();
        return new Nodetool(
                nodetool.executable().orElse("nodetool"),
                nodetool.flags(),
                nodetool.tls(),
                nodetool.user(),
                nodetool.passwordFile(),
                nodetool.host(),
                nodetool.port());
    }

    private JmxNode jmx() {
        MedusaConfig.Nodetool nodetool = config.cassandra().nodetool();
        return new JmxNode(new JmxSettings(
                nodetool.host().orElse("127.0.0.1"),
                nodetool.port().orElse(JmxSettings.DEFAULT_PORT),
                nodetool.tls(),
                nodetool.user(),
                nodetool.password(),
                nodetool.passwordFile(),
                JmxSettings.propertiesOf(
                        nodetool.flags(), nodetool.tls(), Path.of(HomeDirectory.expand("~", System.getenv())))));
    }

    /** The name in the bucket of an address. */
    UnaryOperator<String> resolver() {
        if (!config.cassandra().resolveAddresses()) {
            return IpAddresses::canonical;
        }
        if (!isResolvedInPod()) {
            return HostNames::resolve;
        }
        // the node must have the same name in its own backup and in the ring
        Optional<NodeName> own =
                config.kubernetes().pod().filter(config.storage().fqdn()::equals);
        return address -> own.filter(name -> HostNames.isOwn(address))
                .map(NodeName::value)
                .orElseGet(() -> HostNames.isOwn(address)
                        ? PodNames.resolve(address)
                        : PodNames.resolvePeer(address, HostNames.address()));
    }

    private boolean isResolvedInPod() {
        return config.kubernetes().enabled() && config.cassandra().resolveAddresses();
    }
}
