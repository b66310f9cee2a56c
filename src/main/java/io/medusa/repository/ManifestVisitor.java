package io.medusa.repository;

import io.medusa.model.ManifestEntry;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import java.util.Set;

/** Is told what a manifest holds while it is read, so that it need not be in memory. */
public interface ManifestVisitor {
    /**
     * A table's section begins, whether or not it has objects.
     *
     * @param scope what the backup was limited to
     */
    default void section(TableDirectory table, TableScope scope) {}

    /** Which secondary indexes were built, if the section that has begun records it. */
    default void builtIndexes(TableDirectory table, Set<String> built) {}

    /** One object of the section that has begun. */
    void entry(TableDirectory table, ManifestEntry entry);
}
