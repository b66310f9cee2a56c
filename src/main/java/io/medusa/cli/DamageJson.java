package io.medusa.cli;

import io.medusa.model.ManifestEntry;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The JSON of objects whose source files were damaged already when they were backed up. */
final class DamageJson {
    private DamageJson() {}

    static List<Map<String, Object>> of(List<ManifestEntry> damaged) {
        return damaged.stream()
                .map(entry -> Map.<String, Object>of(
                        "path", entry.key(), "damage", Objects.requireNonNullElse(entry.damage(), "")))
                .toList();
    }
}
