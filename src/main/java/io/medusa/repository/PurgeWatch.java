package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.PendingDeletions.Announced;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pending deletions of a running purge, and the checks before each batch: the process may have been suspended for days since the last
 * one. Also a mark among the node's leases, which shows the store's time each time it is stored.
 */
final class PurgeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeWatch.class);

    private final NodeName node;
    private final Announced announced;
    private final ObjectKey mark;
    private final Pins pins;
    private final Bucket bucket;
    private final NodePool pool;

    PurgeWatch(Bucket bucket, NodeName node, Set<BackupName> backups, List<ObjectKey> objects) {
        this.bucket = bucket;
        this.node = node;
        this.pins = new Pins(bucket.storage(), bucket.layout(), bucket.clock());
        this.pool = new NodePool(bucket, node);
        this.announced = pool.announce(backups, objects);
        this.mark = bucket.layout().lease(node, announced.key().fileName().replace(".json", "-purge"));
    }

    /** When the announcement was made, by the store's clock. */
    Instant at() {
        return announced.at();
    }

    /** @throws MedusaException of kind TIMEOUT if others may have forgotten the announcement */
    synchronized Instant checkStanding() {
        Instant now = mark(bucket, mark, node);
        if (announced.isOverdue(now)) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    "the purge took longer than " + PendingDeletions.ACT_WITHIN.toHours()
                            + " hours, or paused for as long (possibly the machine was suspended), and stopped. Run it again:"
                            + " it resumes where it stopped");
        }
        return now;
    }

    /** The leases that are valid now. */
    Leases leases() {
        return pool.leases(checkStanding());
    }

    /** Whether it is pinned by now. */
    boolean isPinned(NodeBackup backup) {
        return pins.names().contains(backup.name());
    }

    @Override
    public void close() {
        removeMark(bucket, announced.key());
        removeMark(bucket, mark);
    }

    /** The time of the store's clock; stores a mark among the node's leases to find out, and removes it. */
    static Instant storeTime(Bucket bucket, NodeName node) {
        ObjectKey mark = bucket.layout().lease(node, UUID.randomUUID() + "-clock");
        try {
            return mark(bucket, mark, node);
        } finally {
            removeMark(bucket, mark);
        }
    }

    /** A reader's lease of no backup, which everybody ignores, earlier versions too. */
    private static Instant mark(Bucket bucket, ObjectKey key, NodeName node) {
        return bucket.storage()
                .put(key, ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
                    json.writeStringField("node", node.value());
                    json.writeStringField(Leases.PURPOSE, Leases.READING);
                })))
                .modified();
    }

    private static void removeMark(Bucket bucket, ObjectKey key) {
        try {
            bucket.storage().deleteAll(List.of(key));
        } catch (MedusaException failed) {
            LOG.warn("Removing {} failed, so it will expire: {}", key, failed.getMessage());
        }
    }
}
