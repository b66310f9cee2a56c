package io.medusa.monitoring;

import io.micrometer.core.instrument.Clock;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The provider {@code otlp}: everything is sent once, when the work is done, to a collector of OpenTelemetry by HTTP. */
public final class Otlp {
    private Otlp() {}

    /** What gathers for that collector. */
    public static Monitor monitor(URI url, String node) {
        OtlpConfig config = new OtlpConfig() {
            @Override
            public @Nullable String get(String key) {
                return null;
            }

            @Override
            public String url() {
                return url.toString();
            }

            /** Never by itself. */
            @Override
            public Duration step() {
                return Duration.ofDays(1);
            }

            @Override
            public Map<String, String> resourceAttributes() {
                return Map.of("service.name", "medusa");
            }
        };
        // closing sends what there is
        return new Gauges<>(new OtlpMeterRegistry(config, Clock.SYSTEM), node, OtlpMeterRegistry::close);
    }
}
