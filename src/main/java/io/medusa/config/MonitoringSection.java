package io.medusa.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** {@code [monitoring]}: its options and how they are read. */
final class MonitoringSection {
    static final Section SECTION = new Section("monitoring");

    static final Option<MedusaConfig.MonitoringProvider> MONITORING_PROVIDER = SECTION.option(
            "monitoring_provider",
            OptionType.choice(MedusaConfig.MonitoringProvider.values()),
            "None",
            "Where metrics go: None, local (metrics.json in the working directory), dog-statsd, prometheus "
                    + "or otlp.");

    static final Option<Boolean> SEND_BACKUP_NAME_TAG = SECTION.option(
            "send_backup_name_tag", OptionType.BOOL, "False", "dog-statsd: tag metrics with the name of the backup.");

    static final Option<Path> PROMETHEUS_FILE = SECTION.option(
            "prometheus_file",
            OptionType.PATH,
            null,
            "prometheus: file in the directory of node exporter's textfile collector.",
            "/var/lib/prometheus/node-exporter/medusa.prom");

    static final Option<Integer> PROMETHEUS_PORT = SECTION.option(
            "prometheus_port",
            OptionType.PORT,
            "0",
            "prometheus: port on which the service also serves /metrics. 0: none.");

    static final Option<URI> OTLP_URL = SECTION.option(
            "otlp_url", OptionType.URL, "http://localhost:4318/v1/metrics", "otlp: URL of the collector.");

    static final Option<String> CLUSTER = SECTION.option(
            "cluster",
            OptionType.TEXT,
            null,
            "prometheus, otlp: label cluster of all metrics (default: cluster_name in cassandra.yaml).",
            "production");

    private MonitoringSection() {}

    static MedusaConfig.Monitoring read(Values values) {
        MedusaConfig.MonitoringProvider provider = values.get(MONITORING_PROVIDER);
        Optional<Path> file = values.find(PROMETHEUS_FILE);
        if (provider == MedusaConfig.MonitoringProvider.PROMETHEUS && file.isEmpty()) {
            throw values.bad(
                    PROMETHEUS_FILE,
                    "name a file in the directory of node exporter's textfile collector, such as"
                            + " /var/lib/prometheus/node-exporter/medusa.prom");
        }
        return new MedusaConfig.Monitoring(
                provider,
                values.get(SEND_BACKUP_NAME_TAG),
                file,
                values.get(PROMETHEUS_PORT),
                values.get(OTLP_URL),
                values.find(CLUSTER));
    }
}
