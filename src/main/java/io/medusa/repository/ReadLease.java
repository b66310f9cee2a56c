package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader's claim on finished backups of one or many nodes: purges and deletions on any host do not delete those backups. It is
 * renewed in the background until it is closed; if the process dies, it expires within an hour. Without permission to write to the
 * bucket, a reader continues without it, with a warning, and {@link #confirm} finds out what was deleted.
 */
public final class ReadLease implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReadLease.class);

    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final TransferPool lookups;
    private final List<Claim> claims = new ArrayList<>();
    private @Nullable Heartbeat beat;

    private ReadLease(Bucket bucket) {
        this.storage = bucket.storage();
        this.layout = bucket.layout();
        this.lookups = bucket.lookups();
    }

    /**
     * What is known of one backup.
     *
     * @param key of the lease
     * @param lease nothing where none could be written
     * @param manifest as it was when the claim was made
     */
    private record Claim(NodeBackup backup, ObjectKey key, Optional<Lease> lease, Optional<StoredObject> manifest) {}

    /** @throws MedusaException of kind BACKUP_UNKNOWN if one of the backups is being deleted; then none is claimed */
    static ReadLease take(Bucket bucket, List<NodeBackup> backups) {
        ReadLease lease = new ReadLease(bucket);
        try {
            lease.claim(backups, bucket.clock());
        } catch (MedusaException failed) {
            lease.close();
            throw failed;
        }
        return lease;
    }

    private void claim(List<NodeBackup> backups, Clock clock) {
        claims.addAll(lookups.mapAll("Claiming", backups, backup -> 0, backup -> {
            ObjectKey key = layout.lease(backup.node(), UUID.randomUUID().toString());
            return new Claim(backup, key, lease(backup, key, clock), Optional.empty());
        }));
        long without = claims.stream().filter(claim -> claim.lease().isEmpty()).count();
        if (without > 0) {
            LOG.warn(
                    "Writing a read lease failed for {} of {} backups: a purge may delete them while they are read",
                    without,
                    backups.size());
        }
        // whoever announces deletions from now on sees the leases
        List<Claim> seen = lookups.mapAll("Looking", claims, claim -> 0, claim -> {
            // without permission to write, there may be none to list either
            if (claim.lease().isPresent()) {
                refuseAnnounced(claim.backup());
            }
            return new Claim(claim.backup(), claim.key(), claim.lease(), manifest(claim.backup()));
        });
        claims.clear();
        claims.addAll(seen);
        beat = Heartbeat.start(
                Lease.RENEW_WITHIN.dividedBy(3),
                this::renew,
                failed -> LOG.warn("Renewing the read lease failed: {}", failed.getMessage()));
    }

    private Optional<Lease> lease(NodeBackup backup, ObjectKey key, Clock clock) {
        try {
            return Optional.of(Lease.takeToRead(storage, key, backup.node(), backup.name(), clock));
        } catch (MedusaException failed) {
            LOG.debug("No read lease on {} of {}", backup.name(), backup.node(), failed);
            return Optional.empty();
        }
    }

    private void refuseAnnounced(NodeBackup backup) {
        if (PendingDeletions.ofReadable(storage, layout, backup.node())
                .backups()
                .contains(backup.name())) {
            throw gone(backup.node(), backup.name(), "is being deleted");
        }
    }

    private Optional<StoredObject> manifest(NodeBackup backup) {
        return storage.stat(layout.meta(backup.node(), backup.name(), RepositoryLayout.MANIFEST));
    }

    private static MedusaException gone(NodeName node, BackupName name, String how) {
        return new MedusaException(
                FailureKind.BACKUP_UNKNOWN,
                "backup " + name + " of node " + node + " " + how + ". List backups with medusa list-backups");
    }

    /** All of them, whichever fails. */
    private void renew() {
        List<Optional<MedusaException>> failures = lookups.mapAll("Renewing", claims, claim -> 0, claim -> {
            try {
                claim.lease().ifPresent(Lease::renew);
                return Optional.empty();
            } catch (MedusaException failed) {
                return Optional.of(failed);
            }
        });
        failures.stream().flatMap(Optional::stream).findFirst().ifPresent(failed -> {
            throw failed;
        });
    }

    /**
     * Renews it, and makes sure that every backup still exists, is finished, the same, and not about to be deleted. That is enough even
     * after a time without a valid lease, such as one in which this machine was suspended.
     *
     * @param consequence of a failure, one sentence
     * @throws MedusaException if a backup is gone or the bucket cannot be asked
     */
    public void confirm(String consequence) {
        try {
            renew();
            if (claims.stream().flatMap(claim -> claim.lease().stream()).anyMatch(Lease::isLapsed)) {
                LOG.warn(
                        "The read leases had expired (possibly this machine was suspended): checking that no backup was deleted");
            }
            lookups.mapAll("Looking", claims, claim -> 0, claim -> {
                NodeBackup backup = claim.backup();
                refuseAnnounced(backup);
                Optional<StoredObject> manifest = manifest(backup);
                if (manifest.isEmpty()) {
                    throw gone(backup.node(), backup.name(), "was deleted meanwhile");
                }
                if (!manifest.equals(claim.manifest())) {
                    throw gone(backup.node(), backup.name(), "was replaced by another of the same name");
                }
                return claim;
            });
        } catch (MedusaException failed) {
            throw new MedusaException(failed.kind(), failed.getMessage() + ". " + consequence, failed);
        }
    }

    /** Releases it; what cannot be removed expires. */
    @Override
    public void close() {
        if (beat != null) {
            beat.close();
        }
        List<ObjectKey> written = claims.stream()
                .filter(claim -> claim.lease().isPresent())
                .map(Claim::key)
                .toList();
        if (written.isEmpty()) {
            return;
        }
        try {
            storage.deleteAll(written);
        } catch (MedusaException failed) {
            LOG.warn("Removing the read leases failed, so they will expire: {}", failed.getMessage());
        }
    }
}
