package io.medusa.restore;

import io.medusa.model.TableDirectory;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The places where this node may still have a file of a backup: the live table and its snapshots, including those that Cassandra
 * takes before a truncation or a drop. The caller must check the content.
 */
final class LocalCopies {
    private final Map<Path, List<Path>> snapshots = new HashMap<>();
    private final Map<TableDirectory, TableDirectory> originals = new HashMap<>();

    /** Looks also among the files of the table that another one is a copy of. */
    void alsoOf(TableDirectory copy, TableDirectory original) {
        originals.put(copy, original);
    }

    /**
     * The existing files with that path, live ones first, then those of the newest snapshots.
     *
     * @param relativePath below the table's directory
     */
    List<Path> of(Path dataDirectory, TableDirectory table, String relativePath) {
        List<Path> found = new ArrayList<>();
        add(found, dataDirectory.resolve(table.toString()), relativePath);
        TableDirectory original = originals.get(table);
        if (original != null) {
            add(found, dataDirectory.resolve(original.toString()), relativePath);
        }
        return found;
    }

    private void add(List<Path> found, Path directory, String relativePath) {
        add(found, directory.resolve(relativePath));
        snapshots
                .computeIfAbsent(directory, LocalCopies::snapshotsOf)
                .forEach(snapshot -> add(found, snapshot.resolve(relativePath)));
    }

    private static void add(List<Path> found, Path file) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            found.add(file);
        }
    }

    private static List<Path> snapshotsOf(Path directory) {
        return Directories.entries(directory.resolve("snapshots")).stream()
                .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                .sorted(Comparator.comparingLong((Path entry) -> entry.toFile().lastModified())
                        .reversed())
                .toList();
    }
}
