package io.medusa.cassandra;

import java.time.Instant;

/**
 * What is kept beside a snapshot that this program took: who took it, what for, and what the node was like.
 *
 * @param id a word that no other snapshot has
 * @param purpose the backup that it was taken for
 * @param forLater whether it was left for a backup that follows
 * @param by who took it, for people
 * @param taken when its taking began
 * @param description the node before the taking began
 */
record SnapshotMark(
        String id, String purpose, boolean forLater, String by, Instant taken, NodeDescription description) {}
