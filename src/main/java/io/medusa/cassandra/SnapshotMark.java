package io.medusa.cassandra;

import java.time.Instant;
import java.util.Optional;

/**
 * Metadata of a snapshot that Medusa took, kept beside it: who took it, what for, and the node's description.
 *
 * @param id unique for each snapshot
 * @param purpose the backup that it was taken for
 * @param forLater whether it was left for a later backup
 * @param by who took it, human-readable
 * @param taken when it was started
 * @param description of the node before it was started
 * @param clusterMetadata Cassandra's own dump of its cluster's metadata at that time, in Base64; empty if there is none
 */
record SnapshotMark(
        String id,
        String purpose,
        boolean forLater,
        String by,
        Instant taken,
        NodeDescription description,
        Optional<String> clusterMetadata) {}
