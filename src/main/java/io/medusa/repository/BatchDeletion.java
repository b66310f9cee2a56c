package io.medusa.repository;

import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Deletes objects in batches, several at once, with a check before each. */
final class BatchDeletion {
    private final Bucket bucket;
    private final TransferPool transfers;
    private final PurgeProgress progress;
    private final int atOnce;

    /** @param atOnce how many objects are deleted between two checks for other processes */
    BatchDeletion(Bucket bucket, TransferPool transfers, PurgeProgress progress, int atOnce) {
        this.bucket = bucket;
        this.transfers = transfers;
        this.progress = progress;
        this.atOnce = atOnce;
    }

    /** Counts of what was deleted. */
    static final class Tally {
        long objects;
        long bytes;
        long locked;

        void add(StoredObject object) {
            objects++;
            bytes += object.size();
        }

        void add(Tally other) {
            objects += other.objects;
            bytes += other.bytes;
            locked += other.locked;
        }
    }

    /** A check right before a batch is deleted. */
    interface Guard {
        /** The objects of the batch that may still be deleted. */
        List<StoredObject> check(List<StoredObject> batch);
    }

    /** Deletes objects; returns false if the store keeps some of them, such as locked ones. */
    boolean deleteAll(List<StoredObject> objects, Tally tally, Guard guard) {
        List<List<StoredObject>> batches = new ArrayList<>();
        for (int i = 0; i < objects.size(); i += atOnce) {
            batches.add(objects.subList(i, Math.min(objects.size(), i + atOnce)));
        }
        List<Batch> done = transfers.mapAll(
                "Deleting",
                batches,
                batch -> batch.stream().mapToLong(StoredObject::size).sum(),
                batch -> {
                    List<StoredObject> going = guard.check(batch);
                    Set<ObjectKey> kept = Set.copyOf(bucket.storage()
                            .deleteAll(going.stream().map(StoredObject::key).toList()));
                    Batch deleted = new Batch(going, kept);
                    progress.deleted(
                            deleted.gone().count(),
                            deleted.gone().mapToLong(StoredObject::size).sum());
                    return deleted;
                });
        long kept = 0;
        for (Batch batch : done) {
            batch.gone().forEach(tally::add);
            kept += batch.kept().size();
        }
        tally.locked += kept;
        return kept == 0;
    }

    /** What was deleted in one batch, and what of it the store keeps. */
    private record Batch(List<StoredObject> objects, Set<ObjectKey> kept) {
        private Stream<StoredObject> gone() {
            return objects.stream().filter(object -> !kept.contains(object.key()));
        }
    }
}
