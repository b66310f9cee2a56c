package io.medusa.monitoring;

import java.util.Optional;

/**
 * What metrics are of.
 *
 * @param cluster its name; empty if unknown
 * @param node the node's name in the bucket
 */
public record Source(Optional<String> cluster, String node) {}
