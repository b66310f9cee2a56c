package io.medusa.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The objects of one table directory; possibly none.
 *
 * @param table the directory the files came from
 * @param objects in no significant order
 * @param builtIndexes the names of the secondary indexes that were completely built when the snapshot began, so that their files are
 *     complete; empty if that was not recorded; an addition to the shared format
 */
public record ManifestSection(TableDirectory table, List<ManifestEntry> objects, Optional<Set<String>> builtIndexes) {
    public ManifestSection {
        objects = List.copyOf(objects);
        builtIndexes = builtIndexes.map(Set::copyOf);
    }

    /** A section that does not record indexes. */
    public ManifestSection(TableDirectory table, List<ManifestEntry> objects) {
        this(table, objects, Optional.empty());
    }

    /** The sum of the sizes, in bytes. */
    public long size() {
        return objects.stream().mapToLong(ManifestEntry::size).sum();
    }
}
