package io.medusa.restore;

import io.medusa.model.ManifestEntry;
import java.nio.file.Path;
import java.util.List;

/**
 * One object of a backup and the file it becomes.
 *
 * @param candidates files on the same file system that may have the same content
 */
record FetchItem(ManifestEntry entry, Path target, List<Path> candidates) {
    FetchItem {
        candidates = List.copyOf(candidates);
    }

    /** In bytes. */
    long size() {
        return entry.size();
    }
}
