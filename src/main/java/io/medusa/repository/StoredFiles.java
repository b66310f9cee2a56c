package io.medusa.repository;

import io.medusa.model.TableDirectory;
import io.medusa.storage.ObjectKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the storage holds of a node's files, as sets that belong together: the plain keys of the area to write to first, then
 * what each of the newest finished backups names.
 *
 * @param sets by preference
 * @param pendingDeletions keys that are about to be deleted: neither to be named nor to be written to
 */
public record StoredFiles(List<FileSet> sets, Set<ObjectKey> pendingDeletions) {
    public StoredFiles {
        sets = List.copyOf(sets);
    }

    /** Whether the key is about to be deleted. */
    public boolean isPendingDeletion(ObjectKey key) {
        return pendingDeletions.contains(key);
    }

    /** A file's place below its table, whatever its key. */
    public record Place(TableDirectory table, String relativePath) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place place && relativePath.equals(place.relativePath) && table.equals(place.table);
        }

        @Override
        public int hashCode() {
            return 31 * table.hashCode() + relativePath.hashCode();
        }
    }

    /** At most one object for each place. */
    public static final class FileSet {
        private final Map<Place, StoredFile> files = new HashMap<>();

        /** These objects, each at its place. */
        public static FileSet of(Map<Place, StoredFile> files) {
            FileSet set = new FileSet();
            set.files.putAll(files);
            return set;
        }

        /** The object at that place. */
        public Optional<StoredFile> find(TableDirectory table, String relativePath) {
            return Optional.ofNullable(files.get(new Place(table, relativePath)));
        }

        void put(Place place, StoredFile file) {
            files.put(place, file);
        }
    }

    /** Everything known of a place, by preference. */
    public List<StoredFile> find(TableDirectory table, String relativePath) {
        List<StoredFile> found = new ArrayList<>(sets.size());
        for (FileSet set : sets) {
            set.find(table, relativePath).ifPresent(found::add);
        }
        return found;
    }

    /** What is known of a key at a place. */
    public Optional<StoredFile> find(TableDirectory table, String relativePath, ObjectKey key) {
        return find(table, relativePath).stream()
                .filter(file -> file.key().equals(key))
                .findFirst();
    }
}
