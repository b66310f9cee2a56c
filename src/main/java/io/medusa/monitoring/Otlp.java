package io.medusa.monitoring;

import io.medusa.error.Failures;
import io.micrometer.core.ipc.http.HttpUrlConnectionSender;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpHttpMetricsSender;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.micrometer.registry.otlp.OtlpMetricsSender;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The provider {@code otlp}: sends everything once, when the command is done, to an OpenTelemetry collector over HTTP. */
public final class Otlp {
    private static final Logger LOG = LoggerFactory.getLogger(Otlp.class);

    private Otlp() {}

    /** A monitor for that collector. */
    public static Monitor monitor(URI url, Source source) {
        OtlpConfig config = new OtlpConfig() {
            @Override
            public @Nullable String get(String key) {
                return null;
            }

            @Override
            public String url() {
                return url.toString();
            }

            /** Disables periodic sending. */
            @Override
            public Duration step() {
                return Duration.ofDays(1);
            }

            @Override
            public Map<String, String> resourceAttributes() {
                return Map.of("service.name", "medusa");
            }
        };
        OtlpMetricsSender sender = new OtlpHttpMetricsSender(new HttpUrlConnectionSender());
        OtlpMeterRegistry registry = OtlpMeterRegistry.builder(config)
                .metricsSender(request -> send(sender, request, url))
                .build();
        // closing sends the collected metrics
        return new Gauges<>(registry, source, OtlpMeterRegistry::close);
    }

    /** Failures to send are logged, and fail nothing. */
    private static void send(OtlpMetricsSender sender, OtlpMetricsSender.Request request, URI url) {
        try {
            sender.send(request);
        } catch (Exception failed) {
            LOG.warn("Metrics could not be sent to {}: {}; check otlp_url in [monitoring]", url, reason(failed));
        }
    }

    private static String reason(Exception failed) {
        return String.valueOf(Failures.root(failed).getMessage())
                .lines()
                .findFirst()
                .orElse("");
    }
}
