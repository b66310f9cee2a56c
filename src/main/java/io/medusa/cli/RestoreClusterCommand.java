package io.medusa.cli;

import io.medusa.app.ClusterRestoreBuilder;
import io.medusa.app.Medusa;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cluster.ClusterRestorePlan;
import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.cluster.ClusterRestoreRequest;
import io.medusa.cluster.MappedNode;
import io.medusa.cluster.NodeOutcome;
import io.medusa.cluster.PreparedRestore;
import io.medusa.cluster.RestoreCluster;
import io.medusa.cluster.TargetCluster;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.report.Text;
import io.medusa.repository.ReadLease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa restore-cluster}. */
@Command(
        name = "restore-cluster",
        description = {
            "Restore a cluster over SSH.",
            "A cluster of the same shape is restored node by node: all nodes download and verify their data, "
                    + "then all stop, swap it and start. Single tables, and clusters of another shape, are restored by "
                    + "importing SSTables into the running nodes."
        },
        footer = {
            "  medusa restore-cluster --backup-name monday --dry-run",
            "  medusa restore-cluster --backup-name monday --table shop.orders --yes"
        })
final class RestoreClusterCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreClusterCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--seed-target",
            paramLabel = "HOST",
            description = "Node of the target cluster to read the ring from (default: this node).")
    @Nullable
    String seedTarget;

    @Option(
            names = "--host-list",
            paramLabel = "FILE",
            description = "Map nodes by FILE instead of reading the ring; one line per node: is_seed,target,source "
                    + "(is_seed: True or False).")
    @Nullable
    Path hostList;

    @Option(
            names = "--in-place",
            description = "Restore each node's own data. For a cluster that is down, whose ring cannot be read.")
    boolean inPlace;

    @Option(
            names = "--temp-dir",
            paramLabel = "DIR",
            description = "Directory on the nodes for locks and job logs (default: /tmp).")
    Path tempDir = Path.of("/tmp");

    @Option(names = "--keep-auth", description = "Keep the target cluster's roles and permissions.")
    boolean keepAuth;

    @Option(
            names = {"-y", "--yes", "--bypass-checks"},
            description = "Do not ask for confirmation.")
    boolean yes;

    @Option(names = "--verify", negatable = true, description = "Run the query in [checks] on every restored node.")
    boolean verify;

    @Mixin
    Selection selection = new Selection();

    @Option(names = "--use-sstableloader", description = "Stream the data into the running cluster with sstableloader.")
    boolean useSSTableLoader;

    @Option(
            names = "--use-import",
            description = "Import into the running nodes, even if the cluster has the same shape as the backup.")
    boolean useImport;

    @Option(
            names = {"-pr", "--parallel-restores"},
            paramLabel = "N",
            description = "Maximum concurrent node restores (default: 500).")
    int parallelRestores = 500;

    @Option(
            names = "--version-target",
            paramLabel = "VERSION",
            description = "Accepted and ignored: the version is read from the nodes.")
    @Nullable
    String versionTarget;

    @Option(names = "--ignore-racks", description = "Map nodes by their tokens regardless of racks.")
    boolean ignoreRacks;

    @Option(
            names = "--datacenter",
            paramLabel = "NAME[=NEW]",
            description = "Restore only this datacenter of the backup; with =NEW, into datacenter NEW of the cluster. "
                    + "Repeatable (default: every datacenter, into the one of the same name).")
    List<String> datacenters = List.of();

    @Option(
            names = "--leave-other-datacenters",
            description = "Restore even though nodes of other datacenters keep their current data. Stop those nodes "
                    + "first; otherwise they send writes since the backup to the restored nodes.")
    boolean leaveOtherDatacenters;

    @Option(
            names = "--replication",
            paramLabel = "[KEYSPACE=]MAP",
            description =
                    "Create keyspaces with this replication instead of the backup's, such as "
                            + "\"shop={'class': 'NetworkTopologyStrategy', 'dc1': 1}\". Without KEYSPACE: for all of them. Repeatable.")
    List<String> replication = List.of();

    @Option(
            names = "--one-replica",
            description =
                    "Restore each token range from one replica only, to transfer less. Data that this replica had "
                            + "missed is not restored, so use it only if the cluster was repaired before the backup.")
    boolean oneReplica;

    @Option(names = "--incomplete", description = "Allow an incomplete backup; restore what it contains.")
    boolean incomplete;

    @Option(names = "--dry-run", description = "Print what would be done; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        checkOptions();
        Questions questions = questions();
        Optional<NodeDescription> seen = hostList != null || inPlace ? Optional.empty() : Optional.of(ask(medusa));
        RestoreCluster flow = medusa.onCluster()
                .restore(
                        Optional.ofNullable(seedTarget),
                        seen.map(NodeDescription::partitioner).orElse(""),
                        clusterView(),
                        session().options().configFile(),
                        session().options().forwarded());
        boolean keep = keepAuth;
        ClusterRestoreBuilder asked = request(medusa, seen);
        if (!flow.isOtherCluster(asked.request())) {
            keep = false;
        } else if (!keep && !yes && !dryRun) {
            keep = questions.isYes(
                    "Do you want to keep the roles and permissions (system_auth) of the target cluster? (type Y or n) ");
        }
        ClusterRestoreRequest request = asked.keepAuth(keep).request();
        if (dryRun) {
            print(flow.prepare(request).plan());
            return 0;
        }
        try (ReadLease lease = flow.lease(request)) {
            return restore(medusa, flow, request, lease, questions);
        }
    }

    private int restore(
            Medusa medusa, RestoreCluster flow, ClusterRestoreRequest request, ReadLease lease, Questions questions) {
        PreparedRestore prepared = flow.prepare(request);
        ClusterPlanText.lines(prepared.plan()).forEach(LOG::info);
        if (!yes && !questions.isYes("Are you sure? The data above will be replaced. (type Y or n) ")) {
            throw new MedusaException(FailureKind.REFUSED, "the restore was declined; nothing was changed");
        }
        RestoreCluster.Result result = medusa.measured().restore(flow, request, prepared, lease);
        report(result);
        if (verify && result.isComplete()) {
            result.outcomes().forEach(outcome -> medusa.onNode()
                    .checkRestored(outcome.node(), medusa.requests().restoreCheck()));
        }
        return result.isComplete() ? 0 : 1;
    }

    private void checkOptions() {
        long ways = java.util.stream.Stream.of(seedTarget != null, hostList != null, inPlace)
                .filter(given -> given)
                .count();
        if (ways > 1) {
            throw usage("--seed-target, --host-list and --in-place cannot be combined");
        }
        if ((hostList != null || inPlace) && !selection.tableSelection().isAll()) {
            throw new MedusaException(
                    FailureKind.USAGE,
                    "--keyspace and --table are for a running cluster, which is asked for its ring; --host-list and --in-place"
                            + " restore whole nodes. Omit one or the other");
        }
        if (hostList != null && !datacenters.isEmpty()) {
            throw usage("--datacenter cannot be combined with --host-list, which names every node");
        }
        if (inPlace
                && mapped().entrySet().stream()
                        .anyMatch(datacenter -> !datacenter.getKey().equals(datacenter.getValue()))) {
            throw usage("--datacenter cannot rename with --in-place, which restores each node's own data");
        }
        if (useSSTableLoader && useImport) {
            throw usage("--use-sstableloader and --use-import cannot be combined");
        }
        atLeastOne(parallelRestores, "--parallel-restores");
        if (!Files.isDirectory(tempDir)) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE, "--temp-dir " + tempDir + " is not a directory on this machine");
        }
    }

    private NodeDescription ask(Medusa medusa) {
        try {
            return medusa.onNode().ring(Optional.ofNullable(seedTarget));
        } catch (MedusaException failed) {
            throw new MedusaException(
                    failed.kind(),
                    failed.getMessage() + ". A cluster that is down is restored with --in-place, or with --host-list",
                    failed);
        }
    }

    private ClusterRestoreBuilder request(Medusa medusa, Optional<NodeDescription> seen) {
        BackupName name = new BackupName(Objects.requireNonNull(backupName));
        Set<NodeName> seeds = hostList == null ? medusa.onNode().seeds() : Set.of();
        List<MappedNode> pairs = hostList == null
                ? inPlace ? ownPairs(medusa, name, mapped(), seeds) : List.of()
                : HostList.read(medusa, hostList);
        return medusa.requests()
                .restoreCluster(name)
                .selection(selection.tableSelection())
                .into(seen.map(node ->
                        new TargetCluster(node.wholeRing(), node.metadata().fullSchema())))
                .mapping(pairs)
                .inPlace(inPlace)
                .datacenters(mapped())
                .othersStay(leaveOtherDatacenters)
                .seeds(seeds)
                .ignoreRacks(ignoreRacks)
                .keepAuth(keepAuth)
                .method(method(medusa))
                .oneReplica(oneReplica)
                .replications(parsed(() -> RestoreClusterValues.replications(replication)))
                .incompleteToo(incomplete)
                .parallel(parallelRestores)
                .temporaryDirectory(tempDir);
    }

    private Optional<Method> method(Medusa medusa) {
        if (useSSTableLoader && !medusa.onNode().usesCqlPassword()) {
            return Optional.of(Method.SSTABLELOADER);
        }
        if (useSSTableLoader) {
            LOG.warn(
                    "Importing into the running nodes instead of using sstableloader: cql_password is set in [cassandra],"
                            + " and sstableloader takes a password on its command line, where every user of the machine can read"
                            + " it");
            return Optional.of(Method.IMPORT);
        }
        return useImport ? Optional.of(Method.IMPORT) : Optional.empty();
    }

    /** The datacenters of the backup that are restored, each with that of the cluster. */
    private Map<String, String> mapped() {
        return parsed(() -> RestoreClusterValues.datacenters(datacenters));
    }

    private <T> T parsed(Supplier<T> values) {
        try {
            return values.get();
        } catch (MedusaException wrong) {
            throw usage(String.valueOf(wrong.getMessage()));
        }
    }

    private static List<MappedNode> ownPairs(
            Medusa medusa, BackupName name, Map<String, String> datacenters, Set<NodeName> seeds) {
        TokenMap ring = medusa.fetchTokenMap().run(name);
        return (datacenters.isEmpty() ? ring : ring.in(datacenters.keySet()))
                .names().stream()
                        .map(node -> new MappedNode(node, node, seeds.contains(node)))
                        .toList();
    }

    /** Whoever reads JSON on standard output finds no questions there. */
    private Questions questions() {
        return new Questions(
                output == OutputFormat.json
                        ? Objects.requireNonNull(spec).commandLine().getErr()
                        : out(),
                session().answers());
    }

    private void print(ClusterRestorePlan plan) {
        if (output == OutputFormat.json) {
            print(Json.document(ClusterPlanText.json(plan)));
            return;
        }
        print("Restore of " + plan.name() + ", dry run: nothing is changed");
        print("");
        ClusterPlanText.lines(plan).forEach(this::print);
    }

    private void report(RestoreCluster.Result result) {
        List<NodeOutcome> failed =
                result.outcomes().stream().filter(outcome -> !outcome.isDone()).toList();
        failed.forEach(outcome -> LOG.error("Not restored: {}: {}", outcome.node(), outcome.cause()));
        int done = result.outcomes().size() - failed.size();
        if (failed.isEmpty()) {
            LOG.info(
                    "Restored {} on {} of {} nodes in {}",
                    backupName,
                    done,
                    result.outcomes().size(),
                    Text.duration(result.duration()));
        } else {
            LOG.error(
                    "Restored {} on {} of {} nodes in {}. Run the same command again to resume, with --in-place if"
                            + " the cluster is down",
                    backupName,
                    done,
                    result.outcomes().size(),
                    Text.duration(result.duration()));
        }
        if (output == OutputFormat.json) {
            Map<String, Object> json = new TreeMap<>();
            json.put("name", backupName);
            json.put("complete", result.isComplete());
            json.put("duration_seconds", result.duration().toMillis() / 1000.0);
            json.put("outcomes", OutcomeJson.of(result.outcomes()));
            print(Json.document(json));
        }
    }
}
