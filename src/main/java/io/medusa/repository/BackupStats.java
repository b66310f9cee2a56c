package io.medusa.repository;

import io.medusa.model.ManifestEntry;
import io.medusa.model.TableScope;
import java.util.List;

/**
 * The sums over the manifest of a node backup, which are also kept beside the index.
 *
 * @param size of all objects, in bytes
 * @param objects how many objects the manifest names
 * @param scope what the backup was limited to
 * @param damaged objects whose files were already damaged on the node
 */
public record BackupStats(long size, int objects, TableScope scope, List<ManifestEntry> damaged) {
    /** Those of an unfinished backup. */
    public static final BackupStats NONE = new BackupStats(0, 0, TableScope.ALL, List.of());

    public BackupStats {
        damaged = List.copyOf(damaged);
    }
}
