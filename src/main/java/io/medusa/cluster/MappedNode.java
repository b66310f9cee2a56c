package io.medusa.cluster;

import io.medusa.model.NodeName;

/**
 * A node of the target, and the node of the backup whose data it gets.
 *
 * @param seed whether the other nodes wait for it before they start
 */
public record MappedNode(NodeName source, NodeName target, boolean seed) {}
