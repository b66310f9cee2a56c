package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The leases on a node that hold at some moment.
 *
 * @param backups that somebody is working on, or reads
 * @param isBackupRunning whether somebody may be building upon the node's pool
 */
record Leases(Set<BackupName> backups, boolean isBackupRunning) {
    /** @param now of the store's clock */
    static Leases live(ObjectStorage storage, RepositoryLayout layout, NodeName node, Instant now) {
        List<StoredObject> held;
        try (Stream<StoredObject> objects = storage.list(layout.leasePrefix(node))) {
            held = objects.filter(
                            object -> object.modified().plus(Lease.VALID_FOR).isAfter(now))
                    .toList();
        }
        Set<BackupName> backups = new HashSet<>();
        boolean running = false;
        for (StoredObject lease : held) {
            Optional<Held> one = read(storage, lease.key());
            if (one.isPresent()) {
                backups.addAll(one.get().backups());
                running |= !one.get().toRead();
            }
        }
        return new Leases(backups, running);
    }

    /** What one lease is for. */
    private record Held(Set<BackupName> backups, boolean toRead) {}

    /** Nothing if it was given back meanwhile; no names, and the worst, if it does not tell. */
    private static Optional<Held> read(ObjectStorage storage, ObjectKey key) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            Map<String, List<String>> fields = SmallJson.read(in);
            Set<BackupName> names = new HashSet<>();
            fields.getOrDefault("backup", List.of()).stream()
                    .filter(Segments::isSafe)
                    .map(BackupName::new)
                    .forEach(names::add);
            return Optional.of(new Held(
                    names, fields.getOrDefault(Lease.PURPOSE, List.of()).contains(Lease.READING)));
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            return Optional.of(new Held(Set.of(), false));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
