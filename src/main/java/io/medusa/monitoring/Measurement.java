package io.medusa.monitoring;

/**
 * One measured value.
 *
 * @param label for metrics of the Python Medusa the backup's name or a fixed word; for others the kind counted, or empty
 */
public record Measurement(Metric metric, String label, Number value) {}
