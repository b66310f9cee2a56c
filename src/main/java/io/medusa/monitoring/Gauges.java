package io.medusa.monitoring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Metrics as gauges of a Micrometer registry, each tagged with the names of the node and of its cluster.
 *
 * @param <R> the kind of registry
 */
public final class Gauges<R extends MeterRegistry> implements Monitor {
    private final R registry;
    private final Tags source;
    private final Consumer<R> handOver;
    private final Map<String, Number> values = new ConcurrentHashMap<>();

    /**
     * Collects the metrics.
     *
     * @param source which node and cluster the values are of
     * @param handOver what to do with the registry when the command is done
     */
    public Gauges(R registry, Source source, Consumer<R> handOver) {
        this.registry = registry;
        this.source = source.cluster()
                .map(cluster -> Tags.of("cluster", cluster))
                .orElse(Tags.empty())
                .and("node", source.node());
        this.handOver = handOver;
    }

    /**
     * A label with the name of a backup is left out: each backup would create a new series. A label with a kind
     * becomes a tag.
     */
    @Override
    public void send(Measurement measurement) {
        Metric metric = measurement.metric();
        Tags kind = metric.legacy().isPresent() || measurement.label().isEmpty()
                ? Tags.empty()
                : Tags.of(metric.kindTag(), measurement.label().toLowerCase(Locale.ROOT));
        String key = metric.dotted() + kind;
        values.put(key, measurement.value());
        Gauge.builder(metric.dotted(), values, all -> all.getOrDefault(key, Double.NaN)
                        .doubleValue())
                .description(metric.help())
                .tags(kind.and(source))
                .strongReference(true)
                .register(registry);
    }

    @Override
    public boolean keepsValues() {
        return true;
    }

    @Override
    public void flush() {
        if (!values.isEmpty()) {
            handOver.accept(registry);
        }
    }
}
