package io.medusa.monitoring;

/**
 * One measured value (docs/compatibility.md 21).
 *
 * @param name such as {@code medusa-node-backup}
 * @param what such as {@code backup-duration}
 * @param label the backup's name, or a fixed word
 */
public record Metric(String name, String what, String label, Number value) {}
