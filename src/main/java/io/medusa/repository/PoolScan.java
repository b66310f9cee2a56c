package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.storage.StoredObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The result of one pass over a node's pool that looks for orphans, the objects that no backup names.
 *
 * @param objects the orphans that are old enough to delete, the largest first; at most {@link #AT_ONCE}
 * @param orphans how many are old enough
 * @param orphanBytes their size
 * @param young how many are kept because of their age
 * @param youngBytes their size
 */
record PoolScan(List<StoredObject> objects, long orphans, long orphanBytes, long young, long youngBytes) {
    /** How many are kept in memory and announced together; a larger pool takes several passes. */
    static final int AT_ONCE = 50_000;

    /**
     * Looks through the pool.
     *
     * @param isOrphan whether no backup needs the object
     * @param before objects last modified after that moment are too young
     * @throws MedusaException of kind BACKUP_DAMAGED at the first key that is no data file of the node
     */
    static PoolScan of(Bucket bucket, NodeName node, Predicate<StoredObject> isOrphan, Instant before) {
        List<StoredObject> found = new ArrayList<>();
        long[] sums = new long[4];
        bucket.listAll(bucket.layout().poolPrefix(node), object -> {
            String key = object.key().value();
            if (bucket.layout().parseData(key).isEmpty()) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "nothing of node " + node + " was purged: the object " + key
                                + " among its data is not a file of an SSTable. Move it elsewhere, or find out who put"
                                + " it there");
            }
            if (!isOrphan.test(object)) {
                return;
            }
            boolean old = !object.modified().isAfter(before);
            sums[old ? 0 : 2]++;
            sums[old ? 1 : 3] += object.size();
            if (old && found.size() < AT_ONCE) {
                found.add(object);
            }
        });
        found.sort(Comparator.comparingLong(StoredObject::size).reversed());
        return new PoolScan(found, sums[0], sums[1], sums[2], sums[3]);
    }
}
