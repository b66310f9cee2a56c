package io.medusa.repository;

import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.StoredObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The identity of a writer, with which it claims the node.
 *
 * @param lock the identity of the lock that the caller holds on this machine: a lease of this machine that was taken under the
 *     same one belongs to a dead process
 * @param data the identity of the node's data on this machine, which containers share
 * @param betweenLooks how long to wait for a writer that claims the node at the same moment
 */
public record WriterClaim(Optional<String> lock, Optional<String> data, Duration betweenLooks) {
    private static final Logger LOG = LoggerFactory.getLogger(WriterClaim.class);
    /** Far beyond the validity of a lease and any clock's error. */
    private static final Duration FORGET_LEASES_AFTER = Duration.ofDays(1);

    /** With the usual wait. */
    public WriterClaim(Optional<String> lock, Optional<String> data) {
        this(lock, data, Duration.ofMillis(500));
    }

    /** Claims the node; removes leases of it that expired long ago. */
    Lease take(Bucket bucket, BackupTarget target) {
        ObjectStorage storage = bucket.storage();
        RepositoryLayout layout = bucket.layout();
        NodeName node = target.node();
        Instant longDead = bucket.clock().instant().minus(FORGET_LEASES_AFTER);
        try (Stream<StoredObject> leases = storage.list(layout.leasePrefix(node))) {
            storage.deleteAll(leases.filter(lease -> lease.modified().isBefore(longDead))
                    .map(StoredObject::key)
                    .toList());
        } catch (MedusaException failed) {
            LOG.warn("Removing old leases failed: {}", failed.getMessage());
        }
        Lease lease = Lease.take(
                storage,
                layout,
                layout.lease(node, UUID.randomUUID().toString()),
                node,
                target.name(),
                lock,
                data,
                betweenLooks,
                bucket.clock());
        if (storage.overwriting() == Overwriting.UNKNOWN) {
            try {
                lease.tryToReplace();
            } catch (MedusaException failed) {
                lease.close();
                throw failed;
            }
        }
        return lease;
    }
}
