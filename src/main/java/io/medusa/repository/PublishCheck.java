package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.Manifest;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Checks right before and right after a manifest is published that everything it names is in the store. */
final class PublishCheck {
    private final Bucket bucket;
    private final NodePool pool;
    private final BackupTarget backup;
    private final Manifest manifest;
    private final TransferPool transfers;

    PublishCheck(Bucket bucket, BackupTarget backup, Manifest manifest, TransferPool transfers) {
        this.bucket = bucket;
        this.pool = new NodePool(bucket, backup.node());
        this.backup = backup;
        this.manifest = manifest;
        this.transfers = transfers;
    }

    /** @throws MedusaException of kind TIMEOUT if a purge is about to delete any of it */
    void checkNotPendingDeletion() {
        PendingDeletions going = pool.pendingDeletions();
        boolean some = going.backups().contains(backup.name())
                || manifest.sections().stream()
                        .flatMap(section -> section.objects().stream())
                        .anyMatch(entry -> going.objects().contains(new ObjectKey(entry.key())));
        if (some) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    "the backup paused while it was published (possibly the machine was suspended), and a purge is"
                            + " deleting what it reuses. Run the same command again");
        }
    }

    /** @throws MedusaException of kind STORAGE_UNAVAILABLE if any of it is missing */
    void checkPresent() {
        Map<String, Long> expected = new ConcurrentHashMap<>();
        Set<String> keyspaces = new TreeSet<>();
        manifest.sections().forEach(section -> {
            keyspaces.add(section.table().keyspace());
            section.objects().forEach(entry -> expected.put(entry.key(), entry.size()));
        });
        pool.list(
                bucket.layout().dataPrefix(backup.node(), backup.name(), backup.mode()),
                keyspaces,
                transfers,
                object -> expected.remove(object.key().value(), object.size()));
        if (!expected.isEmpty()) {
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    Count.of(expected.size(), "object")
                            + " of this backup disappeared from "
                            + bucket.describe() + " before it was finished, such as "
                            + expected.keySet().iterator().next()
                            + ". Another purge may be deleting this data. Run the same command again; if it fails"
                            + " again, check which hosts run a purge");
        }
    }
}
