package io.medusa.cli;

import io.medusa.model.BackupSnapshot;
import java.util.Map;
import java.util.TreeMap;

/** A snapshot in JSON: {@code taken} in ISO 8601, and {@code id}, {@code schema_version} and {@code epoch} where they are known. */
final class SnapshotFields {
    private SnapshotFields() {}

    static Map<String, Object> of(BackupSnapshot snapshot) {
        Map<String, Object> json = new TreeMap<>();
        json.put("taken", snapshot.taken().toString());
        snapshot.id().ifPresent(id -> json.put("id", id));
        snapshot.schemaVersion().ifPresent(version -> json.put("schema_version", version));
        snapshot.epoch().ifPresent(epoch -> json.put("epoch", epoch));
        return json;
    }
}
