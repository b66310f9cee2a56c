package io.medusa.cluster;

import io.medusa.model.TokenMap;

/**
 * The target cluster, as one of its nodes describes it.
 *
 * @param ring the nodes of all datacenters
 * @param schema the CQL of all its keyspaces
 */
public record TargetCluster(TokenMap ring, String schema) {}
