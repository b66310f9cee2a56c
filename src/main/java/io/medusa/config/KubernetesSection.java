package io.medusa.config;

import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.os.PemFiles;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code [kubernetes]}: its options and how they are read. */
final class KubernetesSection {
    static final Section SECTION = new Section("kubernetes");

    static final Option<Boolean> ENABLED =
            SECTION.option("enabled", OptionType.BOOL, "False", "Set if this node runs in Kubernetes.");

    static final Option<String> CASSANDRA_URL = SECTION.option(
            "cassandra_url",
            OptionType.TEXT,
            "None",
            "URL of the Management API or of Jolokia; without it, snapshots are taken over JMX.",
            "http://127.0.0.1:8080");

    static final Option<Boolean> USE_MGMT_API =
            SECTION.option("use_mgmt_api", OptionType.BOOL, "False", "cassandra_url is the URL of the Management API.");

    static final Option<Path> CA_CERT = SECTION.option(
            "ca_cert", OptionType.PATH, "", "CA certificates (PEM) for that URL.", "/etc/medusa/mgmt-ca.pem");

    static final Option<Path> TLS_CERT = SECTION.option(
            "tls_cert", OptionType.PATH, "", "Client certificate (PEM) for that URL.", "/etc/medusa/mgmt-client.pem");

    static final Option<Path> TLS_KEY = SECTION.option(
            "tls_key", OptionType.PATH, "", "Client key (PEM) for that URL.", "/etc/medusa/mgmt-client.key");

    private KubernetesSection() {}

    static MedusaConfig.Kubernetes read(Values values, Map<String, String> environment) {
        boolean enabled = values.get(ENABLED);
        Optional<URI> url = values.find(CASSANDRA_URL)
                .filter(text -> !text.equals("None"))
                .map(text -> values.parse(CASSANDRA_URL, OptionType.URL));
        if (enabled && url.isEmpty() && values.get(USE_MGMT_API)) {
            throw values.bad(CASSANDRA_URL, "write the URL of the Management API, or set use_mgmt_api = False");
        }
        return new MedusaConfig.Kubernetes(
                enabled,
                url,
                values.get(USE_MGMT_API),
                pod(environment),
                new PemFiles(
                        values.find(CA_CERT),
                        values.find(TLS_CERT),
                        values.find(TLS_KEY),
                        "ca_cert, tls_cert and tls_key in [kubernetes]"));
    }

    /** What Kubernetes calls the pod, which a StatefulSet's pods are called in its DNS, too. */
    static Optional<NodeName> pod(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("POD_NAME"))
                .filter(Segments::isSafe)
                .map(NodeName::new);
    }

    /** Sets what follows from running in a pod. */
    static void applyPod(Values values, Map<String, String> environment, List<String> warnings) {
        if (values.isSet(CassandraSection.USE_SUDO) && values.get(CassandraSection.USE_SUDO)) {
            warnings.add("use_sudo in [cassandra] has no effect in Kubernetes");
        }
        values.set(CassandraSection.USE_SUDO, "False");
        values.set(StorageOptions.USE_SUDO_FOR_RESTORE, "False");
        Optional.ofNullable(environment.get("POD_IP"))
                .filter(address -> !address.isEmpty())
                .ifPresent(address -> values.set(StorageOptions.FQDN, address));
    }
}
