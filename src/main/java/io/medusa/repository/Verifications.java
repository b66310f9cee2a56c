package io.medusa.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.BackupName;
import io.medusa.model.Segments;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * When each backup was last verified, and the result. One small object in the index, for information only: nothing relies on it, and
 * of two concurrent writers the later wins.
 */
public final class Verifications {
    private final ObjectStorage storage;
    private final RepositoryLayout layout;

    /** The caller closes the storage. */
    public Verifications(ObjectStorage storage, RepositoryLayout layout) {
        this.storage = storage;
        this.layout = layout;
    }

    /**
     * A comparison.
     *
     * @param level how deep it looked, by the word that users write
     * @param findings number of problems
     */
    public record Verification(Instant at, String level, long findings) {}

    /**
     * Remembers what came of some backups.
     *
     * @param existing all existing backups, if they are known; results of others are then removed
     */
    public void note(Map<BackupName, Verification> made, Optional<Set<BackupName>> existing) {
        Map<BackupName, Verification> all = new TreeMap<>(all());
        all.putAll(made);
        existing.ifPresent(all.keySet()::retainAll);
        storage.put(layout.verifications(), ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
            for (Map.Entry<BackupName, Verification> one : all.entrySet()) {
                Verification verification = one.getValue();
                SmallJson.writeList(
                        json,
                        one.getKey().value(),
                        List.of(verification.at().getEpochSecond(), verification.level(), verification.findings()));
            }
        })));
    }

    /** The last of each backup; what cannot be understood is left out. */
    public Map<BackupName, Verification> all() {
        Optional<InputStream> content = storage.open(layout.verifications());
        if (content.isEmpty()) {
            return Map.of();
        }
        Map<BackupName, Verification> all = new TreeMap<>();
        try (InputStream in = content.get()) {
            SmallJson.read(in).forEach((name, fields) -> {
                if (Segments.isSafe(name)
                        && fields.size() == 3
                        && fields.get(0).matches("[0-9]{1,12}")
                        && fields.get(2).matches("[0-9]{1,12}")) {
                    all.put(
                            new BackupName(name),
                            new Verification(
                                    Instant.ofEpochSecond(Long.parseLong(fields.get(0))),
                                    fields.get(1),
                                    Long.parseLong(fields.get(2))));
                }
            });
        } catch (JsonProcessingException malformed) {
            return Map.of();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + layout.verifications(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
        return all;
    }
}
