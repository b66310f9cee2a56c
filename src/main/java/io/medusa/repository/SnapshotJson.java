package io.medusa.repository;

import io.medusa.model.BackupSnapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON of {@code meta/snapshot.json}: the id, when it was taken (ISO 8601, UTC), the version of its schema
 * and the epoch of the cluster's metadata, as far as known.
 */
final class SnapshotJson {
    private SnapshotJson() {}

    static String write(BackupSnapshot snapshot) {
        return SmallJson.write(json -> {
            json.writeStringField("taken", snapshot.taken().toString());
            if (snapshot.id().isPresent()) {
                json.writeStringField("id", snapshot.id().get());
            }
            if (snapshot.schemaVersion().isPresent()) {
                json.writeStringField("schema_version", snapshot.schemaVersion().get());
            }
            if (snapshot.epoch().isPresent()) {
                json.writeStringField("epoch", String.valueOf(snapshot.epoch().getAsLong()));
            }
        });
    }

    /** Nothing if the text is not what {@link #write} writes. */
    static Optional<BackupSnapshot> read(String text) {
        try {
            Map<String, List<String>> fields =
                    SmallJson.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
            Optional<String> taken = first(fields, "taken");
            return taken.map(time -> new BackupSnapshot(
                    first(fields, "id"),
                    Instant.parse(time),
                    first(fields, "schema_version"),
                    first(fields, "epoch").stream().mapToLong(Long::parseLong).findFirst()));
        } catch (IOException | DateTimeException | NumberFormatException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<String> first(Map<String, List<String>> fields, String field) {
        return fields.getOrDefault(field, List.of()).stream().findFirst();
    }
}
