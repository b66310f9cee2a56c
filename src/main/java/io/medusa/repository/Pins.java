package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pinned backups, which retention does not delete; one small object for each in the index. */
public final class Pins {
    private static final Logger LOG = LoggerFactory.getLogger(Pins.class);

    private final ObjectStorage storage;
    private final RepositoryLayout layout;
    private final Clock clock;

    /** The caller closes the storage. */
    public Pins(ObjectStorage storage, RepositoryLayout layout, Clock clock) {
        this.storage = storage;
        this.layout = layout;
        this.clock = clock;
    }

    /**
     * A pinned backup, on all its nodes.
     *
     * @param reason as the operator gave it, or empty
     */
    public record Pin(BackupName name, String reason, Instant since) {}

    /**
     * Pins a backup, or changes the reason of its pin.
     *
     * @throws MedusaException of kind BUSY if it is being deleted, so that the pin, which is written, may be too late. Whoever announces a
     *     deletion later looks for pins first
     */
    public void pin(BackupName name, String reason) {
        storage.put(layout.pin(name), ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
            json.writeStringField("backup", name.value());
            json.writeStringField("reason", reason);
            json.writeNumberField("pinned", clock.instant().getEpochSecond());
        })));
        refuseIfBeingDeleted(
                name,
                ". The pin is set, but possibly too late. When the purge has finished, check with medusa"
                        + " list-backups whether the backup still exists");
    }

    /**
     * Checks whether a pin would be in time.
     *
     * @throws MedusaException of kind BUSY if the backup is being deleted
     */
    public void refuseIfBeingDeleted(BackupName name) {
        refuseIfBeingDeleted(name, ". A pin would possibly be too late");
    }

    private void refuseIfBeingDeleted(BackupName name, String consequence) {
        if (PendingDeletions.includes(storage, layout, name)) {
            throw new MedusaException(
                    FailureKind.BUSY, "a running purge is about to delete backup " + name + consequence);
        }
    }

    /** Removes the pin; returns false if there was none. */
    public boolean unpin(BackupName name) {
        boolean pinned = storage.stat(layout.pin(name)).isPresent();
        storage.deleteAll(List.of(layout.pin(name)));
        return pinned;
    }

    /** The names of all pinned backups. */
    public Set<BackupName> names() {
        Set<BackupName> names = new HashSet<>();
        keys().forEach(key -> layout.parsePin(key).ifPresent(names::add));
        return names;
    }

    /** All pins, by name. */
    public List<Pin> all() {
        List<Pin> pins = new ArrayList<>();
        for (ObjectKey key : keys()) {
            layout.parsePin(key).flatMap(name -> read(name, key)).ifPresent(pins::add);
        }
        return pins;
    }

    private List<ObjectKey> keys() {
        try (Stream<StoredObject> objects = storage.list(layout.pinsPrefix())) {
            return objects.map(StoredObject::key).toList();
        }
    }

    /** Nothing if it was taken away meanwhile; one that cannot be read pins all the same. */
    private Optional<Pin> read(BackupName name, ObjectKey key) {
        Optional<InputStream> content;
        try {
            content = storage.open(key);
        } catch (MedusaException unreadable) {
            if (unreadable.kind() == FailureKind.INTERRUPTED) {
                throw unreadable;
            }
            LOG.warn("The reason why backup {} is pinned cannot be read: {}", name, unreadable.getMessage());
            return Optional.of(new Pin(name, "", Instant.EPOCH));
        }
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            Map<String, List<String>> fields = SmallJson.read(in);
            String reason = String.join(" ", fields.getOrDefault("reason", List.of()));
            long since = Long.parseLong(String.join("", fields.getOrDefault("pinned", List.of("0"))));
            return Optional.of(new Pin(name, reason, Instant.ofEpochSecond(since)));
        } catch (IOException | NumberFormatException | DateTimeException unreadable) {
            return Optional.of(new Pin(name, "", Instant.EPOCH));
        }
    }
}
