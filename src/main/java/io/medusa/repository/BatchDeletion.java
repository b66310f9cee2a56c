package io.medusa.repository;

import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Deletes objects in batches, several at once, and looks around before each. */
final class BatchDeletion {
    private final Bucket bucket;
    private final TransferPool transfers;
    private final int atOnce;

    /** @param atOnce how many objects are deleted between two looks at who else is at work */
    BatchDeletion(Bucket bucket, TransferPool transfers, int atOnce) {
        this.bucket = bucket;
        this.transfers = transfers;
        this.atOnce = atOnce;
    }

    /** How much of what has gone. */
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

    /** Looks around right before a batch is deleted. */
    interface Guard {
        /** The objects of the batch that may still go. */
        List<StoredObject> check(List<StoredObject> batch);
    }

    /** Whether all of them are gone, instead of kept by the store. */
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
                    return new Batch(
                            going,
                            Set.copyOf(bucket.storage()
                                    .deleteAll(going.stream()
                                            .map(StoredObject::key)
                                            .toList())));
                });
        long kept = 0;
        for (Batch batch : done) {
            batch.objects().stream()
                    .filter(object -> !batch.kept().contains(object.key()))
                    .forEach(tally::add);
            kept += batch.kept().size();
        }
        tally.locked += kept;
        return kept == 0;
    }

    /** What was deleted at once, and what of it the store has to keep. */
    private record Batch(List<StoredObject> objects, Set<ObjectKey> kept) {}
}
