package io.medusa.catalog;

import io.medusa.repository.IndexBuilder;
import java.util.List;

/** Rebuilds the index from the backups themselves (docs/compatibility.md 17.5). */
public final class BuildIndex {
    private final IndexBuilder builder;

    /** The caller closes the builder. */
    public BuildIndex(IndexBuilder builder) {
        this.builder = builder;
    }

    /**
     * Writes what the index lacks.
     *
     * @param onlyLook whether nothing is written
     * @return the finished node backups that were found
     */
    public List<io.medusa.model.NodeBackup> run(boolean onlyLook) {
        return builder.rebuild(onlyLook);
    }
}
