package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a purge is about to delete of a node, announced in the bucket before it is done. A backup that begins after the announcement
 * neither reuses those objects nor writes to their keys, nor takes those names; one that began before is seen by its lease, or by the
 * manifest it has published meanwhile. So even a purge that was suspended for long does no harm as long as its announcement exists.
 *
 * @param backups of the node that are deleted as a whole
 * @param objects data objects of the node's pool that are deleted
 */
record PendingDeletions(Set<BackupName> backups, Set<ObjectKey> objects) {
    static final PendingDeletions NOTHING = new PendingDeletions(Set.of(), Set.of());

    /** A purge that has not deleted in this time what it announced is dead. */
    static final Duration FORGET_AFTER = Duration.ofDays(1);
    /** A purge that has not finished by then stops, well before others ignore its announcement. */
    static final Duration ACT_WITHIN = FORGET_AFTER.dividedBy(2);

    private static final Logger LOG = LoggerFactory.getLogger(PendingDeletions.class);

    /**
     * An announcement in the bucket.
     *
     * @param at by the store's clock
     */
    record Announced(ObjectKey key, Instant at) {
        /**
         * Whether others may soon ignore it, so that nothing may be deleted any more that relies on it.
         *
         * @param now by the store's clock: those of this machine may have stopped
         */
        boolean isOverdue(Instant now) {
            return now.isAfter(at.plus(ACT_WITHIN));
        }
    }

    /** Announces deletions; returns the announcement with the store's time. */
    static Announced announce(
            ObjectStorage storage,
            RepositoryLayout layout,
            Clock clock,
            NodeName node,
            Collection<BackupName> backups,
            Collection<ObjectKey> objects) {
        ObjectKey key = layout.pendingDeletions(node, UUID.randomUUID().toString());
        String text = SmallJson.write(json -> {
            json.writeStringField("node", node.value());
            json.writeNumberField("pid", ProcessHandle.current().pid());
            json.writeNumberField("taken", clock.instant().getEpochSecond());
            SmallJson.writeList(json, "backups", backups);
            SmallJson.writeList(json, "objects", objects);
        });
        return new Announced(
                key, storage.put(key, ObjectSource.OfBytes.utf8(text)).modified());
    }

    /**
     * Everything that is announced for the node now.
     *
     * @throws MedusaException of kind BUSY as long as one cannot be read, as a power failure may leave it: what it named may still be
     *     deleted
     */
    static PendingDeletions of(ObjectStorage storage, RepositoryLayout layout, NodeName node) {
        return of(storage, layout, node, (torn, why) -> {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "the pending deletions " + torn.key()
                            + " cannot be read (possibly torn by a power failure), and a"
                            + " purge may be deleting what they name. Backups of the node can run again after "
                            + torn.modified().plus(FORGET_AFTER)
                            + ", or once that object is deleted, if no purge is"
                            + " running on any host",
                    why);
        });
    }

    /** The same for readers: an announcement that cannot be read is logged. */
    static PendingDeletions ofReadable(ObjectStorage storage, RepositoryLayout layout, NodeName node) {
        return of(
                storage, layout, node, (torn, why) -> LOG.warn("The pending deletions {} cannot be read", torn.key()));
    }

    private static PendingDeletions of(
            ObjectStorage storage,
            RepositoryLayout layout,
            NodeName node,
            BiConsumer<StoredObject, Exception> unreadable) {
        List<StoredObject> announcements;
        storage.refresh(layout.pendingDeletionsPrefix(node));
        try (Stream<StoredObject> objects = storage.list(layout.pendingDeletionsPrefix(node))) {
            announcements = objects.toList();
        }
        if (announcements.isEmpty()) {
            return NOTHING;
        }
        PendingDeletions all = new PendingDeletions(new HashSet<>(), new HashSet<>());
        announcements.forEach(announcement -> all.add(storage, announcement.key())
                .filter(torn -> !isForgotten(storage, layout, node, announcement))
                .ifPresent(torn -> unreadable.accept(announcement, torn)));
        return all;
    }

    /** Whether the deletion of that backup is announced on any node. Announcements that cannot be read are logged. */
    static boolean includes(ObjectStorage storage, RepositoryLayout layout, BackupName name) {
        List<StoredObject> announcements;
        try (Stream<StoredObject> objects = storage.list(layout.allPendingDeletionsPrefix())) {
            announcements = objects.toList();
        }
        PendingDeletions all = new PendingDeletions(new HashSet<>(), new HashSet<>());
        announcements.forEach(announcement -> all.add(storage, announcement.key())
                .ifPresent(why -> LOG.warn("The pending deletions {} cannot be read", announcement.key())));
        return all.backups().contains(name);
    }

    /** Whether its purge is dead. The store's time is that of the node's newest lease: every caller has one. */
    private static boolean isForgotten(
            ObjectStorage storage, RepositoryLayout layout, NodeName node, StoredObject announcement) {
        try (Stream<StoredObject> leases = storage.list(layout.leasePrefix(node))) {
            Instant now = leases.map(StoredObject::modified)
                    .max(Comparator.naturalOrder())
                    .orElseGet(Instant::now);
            return announcement.modified().plus(FORGET_AFTER).isBefore(now);
        }
    }

    /** Adds an announcement; returns why it cannot be read. */
    private Optional<Exception> add(ObjectStorage storage, ObjectKey key) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        Map<String, List<String>> fields;
        // a failed read is the store's failure and is thrown: only invalid content is torn
        try (InputStream in = content.get()) {
            fields = SmallJson.read(in);
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            return Optional.of(malformed);
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
        try {
            fields.getOrDefault("backups", List.of()).forEach(name -> backups.add(new BackupName(name)));
            fields.getOrDefault("objects", List.of()).forEach(object -> objects.add(new ObjectKey(object)));
            return Optional.empty();
        } catch (MedusaException invalid) {
            return Optional.of(invalid);
        }
    }

    /** Removes announcements of purges that died long ago. */
    static void forgetOld(ObjectStorage storage, RepositoryLayout layout, NodeName node, Instant now) {
        try (Stream<StoredObject> objects = storage.list(layout.pendingDeletionsPrefix(node))) {
            List<ObjectKey> old = new ArrayList<>();
            objects.filter(object -> object.modified().plus(FORGET_AFTER).isBefore(now))
                    .map(StoredObject::key)
                    .forEach(old::add);
            storage.deleteAll(old);
        } catch (MedusaException failed) {
            LOG.warn("Removing old pending deletions failed: {}", failed.getMessage());
        }
    }
}
