package io.medusa.restore;

import io.medusa.cassandra.StagingDirectory;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * The paths of one restore: on the file system of each data directory a staging directory, with an entry for each state of a
 * table. It is {@code .medusa-<data directory>/<id>} beside the data directory, so that the data directory can be swapped as a
 * whole. Where that is not possible (a mount point, a parent that cannot be written to) it is {@code .medusa/snapshots/<id>}
 * inside, a name that Cassandra's start-up checks ignore.
 */
final class StagingPaths {
    /** Directories that will replace live ones. */
    static final String NEW = "new";

    /** Directories that were live before the restore. */
    static final String PREVIOUS = "previous";

    /** Directories that were live after the restore had begun. */
    static final String ASIDE = "aside";

    static final String JOURNAL = "journal.json";
    private static final String WHOLE = "-whole";
    private static final String SCHEMA_CHANGES = "schema-changes.json";
    private static final String RESTORE = "restore-";
    /** Names of tables and backups can be longer than a file system allows. */
    private static final int MAX_LENGTH = 64;

    private static final int READABLE = 31;
    private static final int HASH_BYTES = 16;

    private final String id;
    private final List<Path> dataDirectories;
    private final Map<Path, Path> parents;

    private StagingPaths(String id, List<Path> dataDirectories, Map<Path, Path> parents) {
        this.id = id;
        this.dataDirectories = dataDirectories;
        this.parents = parents;
    }

    /** @param id of the restore, one segment; a run that resumes another has the same */
    static StagingPaths of(String id, List<Path> dataDirectories, Privileges privileges) {
        Map<Path, Path> parents = new HashMap<>();
        dataDirectories.forEach(directory -> parents.put(directory, parent(directory, privileges)));
        return new StagingPaths(id, List.copyOf(dataDirectories), parents);
    }

    private static Path parent(Path dataDirectory, Privileges privileges) {
        Path beside = StagingDirectory.beside(dataDirectory);
        try {
            Path parent = Objects.requireNonNull(beside.getParent());
            boolean isPossible = privileges.isDirect()
                    && !Files.isSymbolicLink(dataDirectory)
                    && Files.isWritable(parent)
                    && FileSystems.areTogether(dataDirectory, Directories.exists(beside) ? beside : parent)
                    && !FileSystems.hasMounts(dataDirectory);
            return isPossible ? beside : StagingDirectory.inside(dataDirectory);
        } catch (IOException | UnsupportedOperationException unknown) {
            return StagingDirectory.inside(dataDirectory);
        }
    }

    /** The same paths for another restore. */
    StagingPaths withId(String other) {
        return new StagingPaths(other, dataDirectories, parents);
    }

    /** An id for the restore of a backup: one segment of at most 64 characters, different for different names. */
    static String idOfRestore(String backup) {
        return id(RESTORE, backup);
    }

    /** An id for the import of a single table, which swaps nothing. */
    static String idOfImport(String backup, String table) {
        return id("import-", backup + "-" + table);
    }

    private static String id(String prefix, String name) {
        StringBuilder id = new StringBuilder(prefix);
        name.chars().forEach(c -> {
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == '+');
            id.append(plain ? String.valueOf((char) c) : "_" + Integer.toHexString(c) + "_");
        });
        if (!Segments.isSafe(id.toString())) {
            throw new IllegalStateException(id.toString());
        }
        return id.length() <= MAX_LENGTH ? id.toString() : id.substring(0, READABLE) + "-" + hash(id.toString());
    }

    private static String hash(String text) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(sha256, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    /** Whether this is the name of a restore's staging directory, not an import's. */
    static boolean isOfRestore(Path staging) {
        return String.valueOf(staging.getFileName()).startsWith(RESTORE);
    }

    String id() {
        return id;
    }

    List<Path> dataDirectories() {
        return dataDirectories;
    }

    /** Where the staging directories of all restores are. */
    Path parent(Path dataDirectory) {
        return Objects.requireNonNull(parents.get(dataDirectory), dataDirectory.toString());
    }

    /** The parent of staging directories that this path is below. */
    Path parentOf(Path path) {
        return parents.values().stream()
                .filter(path::startsWith)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(path + " is in no staging directory"));
    }

    /** The staging directory. */
    Path own(Path dataDirectory) {
        return parent(dataDirectory).resolve(id);
    }

    /** Whether all staging directories are beside the data directories, so that those may be swapped as a whole. */
    boolean areBeside() {
        return dataDirectories.stream()
                .allMatch(directory -> parent(directory).equals(StagingDirectory.beside(directory)));
    }

    /** Where the files of a table are staged. */
    Path staged(Path dataDirectory, TableDirectory table) {
        return own(dataDirectory).resolve(NEW).resolve(table.toString());
    }

    /** The staged directory that will replace a live one. */
    Path staged(DirectorySwap swap) {
        return below(swap, NEW);
    }

    /** Where a live directory is kept once it has been replaced. */
    Path previous(DirectorySwap swap) {
        return below(swap, PREVIOUS);
    }

    /** A new path for setting a directory aside. */
    Path aside(DirectorySwap swap) {
        return below(swap, ASIDE).resolve(UUID.randomUUID().toString());
    }

    /** All directories that were set aside. */
    List<Path> asides(DirectorySwap swap) {
        return Directories.entries(below(swap, ASIDE));
    }

    private Path below(DirectorySwap swap, String state) {
        Path own = own(swap.dataDirectory());
        if (swap.table() != null) {
            return own.resolve(state).resolve(swap.table().toString());
        }
        // separate from those of single tables: a part must never take the place of the whole
        return own.resolve(state.equals(NEW) ? state : whole(state));
    }

    /** The entry for a state of whole data directories. */
    static String whole(String state) {
        return state + WHOLE;
    }

    /** Where the files of a cleared directory are kept. */
    Path setAside(Path cleared) {
        return cleared.resolve(".medusa-" + id);
    }

    /** Where they are kept if they are newer than the previous state, and so not part of it. */
    Path setAsideAgain(Path cleared) {
        return cleared.resolve(".medusa-" + id + "-again");
    }

    /** Where the files of a cleared directory are moved when a restore is undone. */
    Path undone(Path cleared) {
        return cleared.resolve(".medusa-" + id + "-undone");
    }

    Path journal() {
        return own(dataDirectories.get(0)).resolve(JOURNAL);
    }

    /** The journal of schema changes that restores of this node still have to make, one file for all restores. */
    Path schemaChanges() {
        return parent(dataDirectories.get(0)).resolve(SCHEMA_CHANGES);
    }
}
