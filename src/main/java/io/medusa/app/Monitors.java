package io.medusa.app;

import io.medusa.config.MedusaConfig;
import io.medusa.monitoring.MetricsFile;
import io.medusa.monitoring.Monitor;
import io.medusa.monitoring.Otlp;
import io.medusa.monitoring.PrometheusFile;
import io.medusa.monitoring.Source;
import io.medusa.monitoring.Statsd;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Where metrics go by a configuration. */
final class Monitors {
    private static final int STATSD_PORT = 8125;

    private Monitors() {}

    /**
     * The provider, not yet connected to.
     *
     * @param source asked only for a provider that tells nodes apart
     */
    static Monitor open(MedusaConfig.Monitoring monitoring, Supplier<Source> source, Map<String, String> environment) {
        return switch (monitoring.provider()) {
            case LOCAL -> new MetricsFile(Path.of("metrics.json"));
            case DOG_STATSD -> new Statsd(statsdAgent(environment), monitoring.sendBackupNameTag());
            case PROMETHEUS ->
                PrometheusFile.monitor(monitoring.prometheusFile().orElseThrow(), source.get());
            case OTLP -> Otlp.monitor(monitoring.otlpUrl(), source.get());
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
