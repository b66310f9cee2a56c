package io.medusa.app;

import io.medusa.config.MedusaConfig;
import io.medusa.model.NodeName;
import io.medusa.monitoring.MetricsFile;
import io.medusa.monitoring.Monitor;
import io.medusa.monitoring.Otlp;
import io.medusa.monitoring.PrometheusFile;
import io.medusa.monitoring.Statsd;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where metrics go by a configuration. */
final class Monitors {
    private static final int STATSD_PORT = 8125;

    private Monitors() {}

    /** The provider, not yet connected to. */
    static Monitor open(MedusaConfig.Monitoring monitoring, NodeName node, Map<String, String> environment) {
        return switch (monitoring.provider()) {
            case LOCAL -> new MetricsFile(Path.of("metrics.json"));
            case DOG_STATSD -> new Statsd(statsdAgent(environment), monitoring.sendBackupNameTag());
            case PROMETHEUS ->
                PrometheusFile.monitor(monitoring.prometheusFile().orElseThrow(), node.value());
            case OTLP -> Otlp.monitor(monitoring.otlpUrl(), node.value());
            case NONE -> Monitor.NONE;
        };
    }

    private static InetSocketAddress statsdAgent(Map<String, String> environment) {
        String host = Optional.ofNullable(environment.get("DD_AGENT_HOST")).orElse("localhost");
        int port = Optional.ofNullable(environment.get("DD_DOGSTATSD_PORT"))
                .filter(text -> text.matches("[0-9]{1,5}"))
                .map(Integer::parseInt)
                .orElse(STATSD_PORT);
        return new InetSocketAddress(host, port);
    }
}
