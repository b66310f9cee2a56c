package io.medusa.monitoring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Metrics as gauges of a Micrometer registry, all with the name of the node. What is measured and its unit make the name:
 * {@code medusa.node.backup.size.bytes} is {@code medusa_node_backup_size_bytes} in Prometheus.
 *
 * @param <R> the kind of registry
 */
public final class Gauges<R extends MeterRegistry> implements Monitor {
    /** Where the old name does not tell the unit, or says "backup" twice. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("backup-duration", "duration.seconds"),
            Map.entry("backup-size", "size.bytes"),
            Map.entry("backup-error", "error"),
            Map.entry("backup-damaged-files", "damaged.files"),
            Map.entry("cluster-backup-duration", "duration.seconds"),
            Map.entry("cluster-backup-error", "error"),
            Map.entry("restore-duration", "duration.seconds"),
            Map.entry("restore-error", "error"),
            Map.entry("seconds-since-backup", "age.seconds"),
            Map.entry("complete-backups-node-count", "complete.nodes"),
            Map.entry("incomplete-backups-node-count", "incomplete.nodes"),
            Map.entry("missing-backups-node-count", "missing.nodes"),
            Map.entry("backup-total-size", "total.size.bytes"),
            Map.entry("backup-total-file-count", "total.files"));

    private final R registry;
    private final String node;
    private final Consumer<R> handOver;
    private final Map<String, Number> values = new ConcurrentHashMap<>();

    /**
     * Gathers.
     *
     * @param node the value of the tag {@code node}
     * @param handOver what to do with the registry when the work is done
     */
    public Gauges(R registry, String node, Consumer<R> handOver) {
        this.registry = registry;
        this.node = node;
        this.handOver = handOver;
    }

    /** The label, a name of a backup that changes each time, is left out: each would be a series of its own. */
    @Override
    public void send(Metric metric) {
        gauge(metric, Tags.empty());
    }

    /** The label is one of a few words, and a tag. */
    @Override
    public void record(Metric metric) {
        gauge(
                metric,
                metric.label().isEmpty()
                        ? Tags.empty()
                        : Tags.of("kind", metric.label().toLowerCase(Locale.ROOT)));
    }

    private void gauge(Metric metric, Tags more) {
        String name = name(metric);
        String key = name + more;
        values.put(key, metric.value());
        Gauge.builder(name, values, all -> all.getOrDefault(key, Double.NaN).doubleValue())
                .tags(more.and("node", node))
                .strongReference(true)
                .register(registry);
    }

    private static String name(Metric metric) {
        return (metric.name() + "." + NAMES.getOrDefault(metric.what(), metric.what())).replace('-', '.');
    }

    @Override
    public void flush() {
        if (!values.isEmpty()) {
            handOver.accept(registry);
        }
    }
}
