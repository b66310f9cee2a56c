package io.medusa.model;

import java.util.List;

/**
 * The contents of one node backup: one section for each table directory of the snapshot.
 *
 * @param sections in no significant order
 * @param scope what the backup was limited to
 */
public record Manifest(List<ManifestSection> sections, TableScope scope) {
    public Manifest {
        sections = List.copyOf(sections);
    }

    /** The sum of the sizes of all objects, in bytes. */
    public long size() {
        return sections.stream().mapToLong(ManifestSection::size).sum();
    }

    /** The number of objects. */
    public int objectCount() {
        return sections.stream().mapToInt(section -> section.objects().size()).sum();
    }
}
