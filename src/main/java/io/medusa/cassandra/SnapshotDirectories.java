package io.medusa.cassandra;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Segments;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Finds snapshots below the data directories: {@code <data>/<keyspace>/<table>/snapshots/<tag>}. */
public final class SnapshotDirectories {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String SNAPSHOTS = "snapshots";
    private static final String SCHEMA = "schema.cql";
    private static final String MANIFEST = "manifest.json";
    /** Written into snapshots by Cassandra, and by us; not part of the table. */
    private static final Set<String> NOT_DATA = Set.of(MANIFEST, SCHEMA, SnapshotMarks.FILE);

    /** The subdirectory beside the live files of a table. */
    private static final Set<String> NOT_LIVE = Set.of(SNAPSHOTS, "backups");

    private final List<Path> dataDirectories;

    /** All data directories of the node. */
    public SnapshotDirectories(List<Path> dataDirectories) {
        this.dataDirectories = List.copyOf(dataDirectories);
    }

    /** Whether any table has a snapshot of that tag. */
    public boolean exists(String tag) {
        return !all(tag).isEmpty();
    }

    /** The tags of all existing snapshots. */
    public Set<String> tags() {
        Set<String> tags = new TreeSet<>();
        for (Path data : dataDirectories) {
            for (Path keyspace : keyspaces(data)) {
                for (Path table : subdirectories(keyspace)) {
                    for (Path snapshot : subdirectories(table.resolve(SNAPSHOTS))) {
                        tags.add(String.valueOf(snapshot.getFileName()));
                    }
                }
            }
        }
        return tags;
    }

    /** The files of a snapshot by table; a table without files has an empty list. */
    public Map<TableDirectory, List<SnapshotFile>> files(String tag) {
        Map<TableDirectory, List<SnapshotFile>> tables = new TreeMap<>();
        for (Path data : dataDirectories) {
            for (Path keyspace : keyspaces(data)) {
                if (String.valueOf(keyspace.getFileName()).equals(SystemKeyspaces.TRACES)) {
                    continue;
                }
                for (Path table : subdirectories(keyspace)) {
                    Path snapshot = table.resolve(SNAPSHOTS).resolve(tag);
                    if (Files.isDirectory(snapshot)) {
                        TableDirectory directory = new TableDirectory(
                                String.valueOf(keyspace.getFileName()), String.valueOf(table.getFileName()));
                        collect(snapshot, directory, tables.computeIfAbsent(directory, absent -> new ArrayList<>()));
                    }
                }
            }
        }
        return tables;
    }

    /** The components of live SSTables by table; a table without files has an empty list. */
    public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
        Map<TableDirectory, List<SnapshotFile>> tables = new TreeMap<>();
        for (Path data : dataDirectories) {
            for (Path keyspace : keyspaces(data)) {
                if (String.valueOf(keyspace.getFileName()).equals(SystemKeyspaces.TRACES)) {
                    continue;
                }
                for (Path table : subdirectories(keyspace)) {
                    TableDirectory directory = new TableDirectory(
                            String.valueOf(keyspace.getFileName()), String.valueOf(table.getFileName()));
                    List<SnapshotFile> files = tables.computeIfAbsent(directory, absent -> new ArrayList<>());
                    collect(table, directory, files);
                    files.removeIf(file -> file.sstable().isEmpty());
                }
            }
        }
        tables.keySet().removeIf(table -> table.id().isEmpty());
        return tables;
    }

    /**
     * The tables that are missing in a snapshot, or lack a file that its manifest lists; those of
     * {@code system_traces} are not expected.
     */
    public Set<TableDirectory> incomplete(
            String tag, Map<TableDirectory, List<SnapshotFile>> files, Set<TableDirectory> expected) {
        Set<TableDirectory> taken = new HashSet<>();
        Set<TableDirectory> damaged = new TreeSet<>();
        for (Path data : dataDirectories) {
            for (TableDirectory table : files.keySet()) {
                Path manifest = data.resolve(table.toString())
                        .resolve(SNAPSHOTS)
                        .resolve(tag)
                        .resolve(MANIFEST);
                if (Files.exists(manifest)) {
                    taken.add(table);
                    Set<String> present = new HashSet<>();
                    files.getOrDefault(table, List.of()).forEach(file -> present.add(file.relativePath()));
                    if (!present.containsAll(filesOf(manifest))) {
                        damaged.add(table);
                    }
                }
            }
        }
        Set<TableDirectory> incomplete = TableDirectory.missing(expected, taken);
        incomplete.removeIf(table -> table.keyspace().equals(SystemKeyspaces.TRACES));
        incomplete.addAll(damaged);
        return incomplete;
    }

    /** The list in a snapshot's own {@code manifest.json}; if it cannot be read, a name that cannot exist. */
    private static List<String> filesOf(Path manifest) {
        List<String> names = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(manifest.toFile())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.START_ARRAY && "files".equals(parser.currentName())) {
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        names.add(parser.getText());
                    }
                }
            }
        } catch (IOException cutOff) {
            names.add("");
        }
        return names;
    }

    /** Whether Cassandra will remove a snapshot by itself, as its {@code manifest.json} says. */
    boolean expires(String tag) {
        return all(tag).stream()
                .map(snapshot -> snapshot.resolve(MANIFEST))
                .filter(Files::exists)
                .anyMatch(SnapshotDirectories::expires);
    }

    private static boolean expires(Path manifest) {
        try (JsonParser parser = JSON.createParser(manifest.toFile())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_STRING && "expires_at".equals(parser.currentName())) {
                    return true;
                }
            }
        } catch (IOException unreadable) {
            return false;
        }
        return false;
    }

    /** When the first part of a snapshot was created. */
    public Instant madeAt(String tag) {
        return all(tag).stream()
                .map(snapshot -> snapshot.toFile().lastModified())
                .filter(modified -> modified > 0)
                .min(Comparator.naturalOrder())
                .map(Instant::ofEpochMilli)
                .orElse(Instant.EPOCH);
    }

    /** The directory that identifies a whole snapshot: always the same one, of a table that is never dropped. */
    Optional<Path> home(String tag) {
        List<Path> all = all(tag);
        return all.stream()
                .filter(snapshot -> snapshot.toString().contains("/system_schema/tables-"))
                .findFirst()
                .or(() -> all.stream().findFirst());
    }

    /** The definition that Cassandra wrote beside a table's files; empty for its own tables. */
    Optional<String> schema(String tag, TableDirectory table) {
        for (Path data : dataDirectories) {
            Path file = data.resolve(table.toString())
                    .resolve(SNAPSHOTS)
                    .resolve(tag)
                    .resolve(SCHEMA);
            try {
                return Optional.of(Files.readString(file));
            } catch (NoSuchFileException elsewhere) {
                // in the next one
            } catch (IOException failed) {
                throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
            }
        }
        return Optional.empty();
    }

    private List<Path> all(String tag) {
        return dataDirectories.stream()
                .flatMap(data -> keyspaces(data).stream())
                .flatMap(keyspace -> subdirectories(keyspace).stream())
                .map(table -> table.resolve(SNAPSHOTS).resolve(tag))
                .filter(Files::isDirectory)
                .toList();
    }

    private static void collect(Path snapshot, TableDirectory table, List<SnapshotFile> files) {
        try {
            Files.walkFileTree(snapshot, new SimpleFileVisitor<Path>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    boolean ofTheTable =
                            !directory.equals(snapshot) && NOT_LIVE.contains(String.valueOf(directory.getFileName()));
                    return ofTheTable ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
                    if (failed instanceof NoSuchFileException && !file.equals(snapshot)) {
                        // a live file that was compacted away meanwhile
                        return FileVisitResult.CONTINUE;
                    }
                    throw failed;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String name = String.valueOf(file.getFileName());
                    if (attributes.isRegularFile() && !NOT_DATA.contains(name)) {
                        files.add(new SnapshotFile(
                                file,
                                table,
                                subdirectory(snapshot, file),
                                name,
                                attributes.size(),
                                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS)));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException vanished) {
            throw vanished(snapshot, vanished);
        } catch (IOException failed) {
            throw Failures.ofFile("listing the snapshot " + snapshot, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The failure for a snapshot that was cleared while it was being read. */
    public static io.medusa.error.MedusaException vanished(Path file, IOException cause) {
        return new io.medusa.error.MedusaException(
                FailureKind.SNAPSHOT_MISSING,
                "the snapshot vanished while it was backed up: " + file
                        + " is missing. Check what clears snapshots, and run the same command again",
                cause);
    }

    /** Only real sub-directories of a snapshot whose name says so are kept (docs/compatibility.md 4). */
    private static String subdirectory(Path snapshot, Path file) {
        Path parent = file.getParent();
        if (parent == null || parent.equals(snapshot)) {
            return "";
        }
        String name = String.valueOf(parent.getFileName());
        return name.startsWith(".") || name.endsWith("nodes") ? name : "";
    }

    private static List<Path> keyspaces(Path data) {
        return subdirectories(data).stream().filter(KeyspaceDirectories::canBe).toList();
    }

    private static List<Path> subdirectories(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            boolean tables = !String.valueOf(directory.getFileName()).equals(SNAPSHOTS);
            return entries.filter(entry -> {
                        String name = String.valueOf(entry.getFileName());
                        return Segments.isSafe(name) && !(tables && name.startsWith(".")) && Files.isDirectory(entry);
                    })
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
