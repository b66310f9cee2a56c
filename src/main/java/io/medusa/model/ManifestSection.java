package io.medusa.model;

import java.util.List;

/**
 * The objects of one table directory; possibly none.
 *
 * @param table the directory the files came from
 * @param objects in no significant order
 */
public record ManifestSection(TableDirectory table, List<ManifestEntry> objects) {
    public ManifestSection {
        objects = List.copyOf(objects);
    }

    /** The sum of the sizes, in bytes. */
    public long size() {
        return objects.stream().mapToLong(ManifestEntry::size).sum();
    }
}
