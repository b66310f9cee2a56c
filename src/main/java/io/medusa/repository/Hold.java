package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectStorage;
import io.medusa.transfer.Heartbeat;
import java.time.Clock;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a backup where it is while somebody reads it: purges and deletions of any host see it and leave that backup alone. Who
 * may only read the bucket goes on without it.
 */
public final class Hold implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Hold.class);

    private final @Nullable Lease lease;
    private final @Nullable Heartbeat beat;

    private Hold(@Nullable Lease lease, @Nullable Heartbeat beat) {
        this.lease = lease;
        this.beat = beat;
    }

    /** @throws MedusaException of kind BACKUP_UNKNOWN if somebody is deleting that backup */
    static Hold take(ObjectStorage storage, RepositoryLayout layout, NodeName node, BackupName name) {
        Lease lease;
        try {
            lease = Lease.takeToRead(
                    storage, layout.lease(node, UUID.randomUUID().toString()), node, name, Clock.systemUTC());
        } catch (MedusaException failed) {
            LOG.warn(
                    "No lease could be written, so that a purge may delete backup {} while it is read: {}",
                    name,
                    failed.getMessage());
            return new Hold(null, null);
        }
        // what is announced from now on sees the lease
        if (Condemned.ofReadable(storage, layout, node).backups().contains(name)) {
            lease.close();
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + name + " of node " + node
                            + " is being deleted; medusa list-backups shows what there is");
        }
        return new Hold(
                lease,
                Heartbeat.start(
                        Lease.RENEW_WITHIN.dividedBy(3),
                        lease::renew,
                        failed -> LOG.warn("The lease could not be renewed: {}", failed.getMessage())));
    }

    /** Lets it go. */
    @Override
    public void close() {
        if (beat != null) {
            beat.close();
        }
        if (lease != null) {
            lease.close();
        }
    }
}
