package io.medusa.restore;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.KeyspaceDirectories;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotDirectories;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Component;
import io.medusa.model.Count;
import io.medusa.model.SSTableName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SSTables that a running node has open: those that it links into a snapshot, which is then cleared. That a file is in a
 * table's directory proves little: Cassandra logs an SSTable that it cannot open, skips it and starts.
 *
 * <p>An SSTable that was given to the node is accounted for if it is live, or gone from the disk, or listed by a transaction log as
 * to be removed: the latter two happen only after it was live and has been compacted or truncated.
 */
final class LiveSSTables {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSSTables.class);
    /** Cannot be the name of a backup, which never starts with a dot. */
    private static final String TAG = Snapshot.TAG_PREFIX + ".live-sstables";

    private static final String DATA_SUFFIX = "-" + Component.DATA.ending();
    /** A compacted file is removed a moment after it stops being live. */
    private static final int LOOKS = 10;

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int NAMED_AT_MOST = 5;

    private final CassandraService service;
    private final List<Path> dataDirectories;
    private final Duration pause;

    /** @param dataDirectories of the node */
    LiveSSTables(CassandraService service, List<Path> dataDirectories) {
        this(service, dataDirectories, PAUSE);
    }

    /** @param pause before checking again whether files have been removed */
    LiveSSTables(CassandraService service, List<Path> dataDirectories, Duration pause) {
        this.service = service;
        this.dataDirectories = List.copyOf(dataDirectories);
        this.pause = pause;
    }

    /**
     * What is live.
     *
     * @param names by the directory of each table that exists: the places of Data components below it
     * @param identities of the Data components, which a renaming does not change
     */
    record Live(Map<TableDirectory, Set<String>> names, Set<Long> identities) {
        /** Whether the Data component at that place below its table's directory is one of them. */
        boolean has(TableDirectory table, String relativePath) {
            return names.getOrDefault(table, Set.of()).contains(relativePath);
        }
    }

    /**
     * The Data component of an SSTable handed to the node.
     *
     * @param identity of the file, by which it is known when it has another name
     */
    record Given(TableDirectory table, Path directory, String relativePath, long identity) {
        private Path file() {
            return directory.resolve(relativePath);
        }

        private String sstable() {
            return relativePath.substring(0, relativePath.length() - DATA_SUFFIX.length());
        }

        private Optional<String> index() {
            int slash = relativePath.indexOf('/');
            return slash < 0 ? Optional.empty() : Optional.of(relativePath.substring(1, slash));
        }
    }

    /**
     * What is live.
     *
     * @param tables that exist; none for all
     * @return empty if the node cannot be queried, which is logged
     */
    Optional<Live> look(Set<TableName> tables) {
        try {
            service.clearSnapshot(TAG);
            service.linkLive(TAG, tables);
            return Optional.of(read());
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            warnOfUnchecked(String.valueOf(failed.getMessage()));
            return Optional.empty();
        } finally {
            clear();
        }
    }

    private void clear() {
        boolean interrupted = Thread.interrupted();
        try {
            service.clearSnapshot(TAG);
        } catch (MedusaException left) {
            LOG.warn("Cannot clear snapshot {}: {}. Run medusa clear-snapshots", TAG, left.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Live read() {
        Map<TableDirectory, Set<String>> names = new HashMap<>();
        Set<Long> identities = new HashSet<>();
        new SnapshotDirectories(dataDirectories).files(TAG).forEach((table, files) -> {
            Set<String> ofTable = names.computeIfAbsent(table, absent -> new HashSet<>());
            files.stream().filter(file -> file.component() == Component.DATA).forEach(file -> {
                ofTable.add(file.relativePath());
                identities.add(identity(file.path()));
            });
        });
        return new Live(names, identities);
    }

    private static long identity(Path file) {
        try {
            return FileSystems.identity(file);
        } catch (NoSuchFileException compactedMeanwhile) {
            return 0;
        } catch (IOException failed) {
            throw Failures.ofFile("looking at " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The Data components in a table's directory, those of its secondary indexes included. */
    static List<Given> in(TableDirectory table, Path directory) {
        List<Given> given = new ArrayList<>();
        for (Path entry : Directories.entries(directory)) {
            String name = String.valueOf(entry.getFileName());
            if (name.startsWith(".") && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                Directories.entries(entry).forEach(file -> add(given, table, directory, file));
            } else {
                add(given, table, directory, entry);
            }
        }
        return given;
    }

    private static void add(List<Given> given, TableDirectory table, Path directory, Path file) {
        String place = directory.relativize(file).toString();
        if (place.endsWith(DATA_SUFFIX) && SSTableName.isComponent(place)) {
            given.add(new Given(table, directory, place, identity(file)));
        }
    }

    /**
     * The SSTables that a swap has put into the live directories; call it before the node is started.
     *
     * @return empty if the directories cannot be read, which is logged: that is no reason to leave the node down
     */
    static List<Given> in(Collection<DirectorySwap> swaps) {
        try {
            return found(swaps);
        } catch (MedusaException unreadable) {
            if (unreadable.kind() == FailureKind.INTERRUPTED) {
                throw unreadable;
            }
            warnOfUnchecked(String.valueOf(unreadable.getMessage()));
            return List.of();
        }
    }

    private static void warnOfUnchecked(String why) {
        LOG.warn(
                "Cannot verify that Cassandra has opened every SSTable: {}. Look for \"Corrupt sstable\" in its log",
                why);
    }

    private static List<Given> found(Collection<DirectorySwap> swaps) {
        List<Given> given = new ArrayList<>();
        for (DirectorySwap swap : swaps) {
            TableDirectory table = swap.table();
            if (table != null) {
                given.addAll(in(table, swap.live()));
                continue;
            }
            for (Path keyspace : Directories.entries(swap.live())) {
                for (Path directory :
                        Files.isDirectory(keyspace, LinkOption.NOFOLLOW_LINKS) && KeyspaceDirectories.canBe(keyspace)
                                ? Directories.entries(keyspace)
                                : List.<Path>of()) {
                    if (KeyspaceDirectories.belongsToBackups(keyspace, directory)) {
                        given.addAll(in(
                                new TableDirectory(
                                        String.valueOf(keyspace.getFileName()),
                                        String.valueOf(directory.getFileName())),
                                directory));
                    }
                }
            }
        }
        return given;
    }

    /**
     * Ensures that a started node has opened every SSTable in its directories. Secondary indexes with unopened files are
     * rebuilt.
     *
     * @param everything whether the whole node was restored with its schema, so that a directory may belong to no table
     * @throws MedusaException that names the SSTables that it has not opened, and why
     */
    void requireOpened(List<Given> given, boolean everything, CassandraSchema schema, IndexRebuild rebuild) {
        if (!service.isUp()) {
            if (!given.isEmpty()) {
                warnOfUnchecked("it has not started yet");
            }
            return;
        }
        Set<TableName> all = Set.of();
        Optional<Live> live = given.isEmpty() ? Optional.empty() : look(all);
        if (live.isEmpty()) {
            return;
        }
        Set<TableDirectory> unknown = new TreeSet<>();
        List<Given> closed = new ArrayList<>();
        for (Given sstable : given) {
            if (!live.get().names().containsKey(sstable.table())) {
                unknown.add(sstable.table());
            } else if (!live.get().has(sstable.table(), sstable.relativePath())) {
                closed.add(sstable);
            }
        }
        unknown.removeIf(table -> everything && warnOfUnknown(table));
        if (!unknown.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra does not know the restored table "
                            + unknown.iterator().next() + ", so none of its rows can be read");
        }
        closed = stillClosed(closed);
        Map<TableDirectory, Set<String>> indexes = new TreeMap<>();
        closed.forEach(sstable -> sstable.index()
                .ifPresent(index -> indexes.computeIfAbsent(sstable.table(), absent -> new TreeSet<>())
                        .add(index)));
        closed.removeIf(sstable -> sstable.index().isPresent());
        refuse("opened", closed);
        if (!indexes.isEmpty()) {
            rebuild(indexes, schema.indexesBuiltOnce(), rebuild);
        }
        LOG.info("Cassandra has opened all {} restored SSTables", given.size());
    }

    private static boolean warnOfUnknown(TableDirectory table) {
        LOG.warn(
                "{} is not a table of the restored schema, so Cassandra does not read it: it was dropped while the"
                        + " backup was taken, or belongs to another version of Cassandra",
                table);
        return true;
    }

    private static void rebuild(
            Map<TableDirectory, Set<String>> unopened, Map<String, Set<String>> present, IndexRebuild rebuild) {
        unopened.forEach((table, indexes) -> {
            Set<String> ofTable = present.getOrDefault(table.qualifiedName(), Set.of());
            indexes.stream().filter(ofTable::contains).forEach(index -> {
                LOG.warn(
                        "Cassandra has not opened all files of index {} of {}: rebuilding it",
                        index,
                        table.qualifiedName());
                rebuild.of(TableName.of(table), index);
            });
        });
    }

    /**
     * Ensures that every imported SSTable is live, whatever its name is now.
     *
     * @param given as it was staged
     * @throws MedusaException that names the SSTables that are not, and why
     */
    void requireImported(List<Given> given) {
        if (given.isEmpty()) {
            return;
        }
        look(given.stream().map(one -> TableName.of(one.table())).collect(Collectors.toCollection(LinkedHashSet::new)))
                .ifPresent(live -> {
                    List<Given> closed = given.stream()
                            .filter(sstable -> !live.identities().contains(sstable.identity()))
                            .flatMap(sstable -> moved(sstable).stream())
                            .toList();
                    refuse("imported", stillClosed(closed));
                });
    }

    /** The same file where it is now, if it is among the table's. */
    private Optional<Given> moved(Given sstable) {
        return dataDirectories.stream()
                .flatMap(
                        data -> in(sstable.table(), data.resolve(sstable.table().toString())).stream())
                .filter(file -> file.identity() == sstable.identity())
                .findFirst();
    }

    /** The SSTables that are still on disk and not live after a while. */
    private List<Given> stillClosed(List<Given> suspects) {
        List<Given> closed = new ArrayList<>(suspects);
        for (int look = 0; look < LOOKS; look++) {
            closed.removeIf(sstable -> !Directories.exists(sstable.file()) || isBeingRemoved(sstable));
            if (closed.isEmpty()) {
                return closed;
            }
            Failures.pause(pause);
        }
        Set<TableName> tables =
                closed.stream().map(one -> TableName.of(one.table())).collect(Collectors.toSet());
        look(tables).ifPresent(live -> closed.removeIf(sstable -> live.has(sstable.table(), sstable.relativePath())));
        return closed;
    }

    private static boolean isBeingRemoved(Given sstable) {
        Path directory = Objects.requireNonNull(sstable.file().getParent());
        String name = sstable.sstable().substring(sstable.sstable().lastIndexOf('/') + 1);
        for (Path entry : Directories.entries(directory)) {
            String file = String.valueOf(entry.getFileName());
            if (file.contains("txn_") && file.endsWith(".log")) {
                try {
                    if (Files.readString(entry)
                            .lines()
                            .anyMatch(line -> line.startsWith("REMOVE:[") && line.contains(name + "-,"))) {
                        return true;
                    }
                } catch (IOException gone) {
                    LOG.debug("{}: {}", entry, gone.toString());
                }
            }
        }
        return false;
    }

    private void refuse(String what, List<Given> closed) {
        if (closed.isEmpty()) {
            return;
        }
        Optional<Path> log = service.log();
        String named = closed.stream()
                .limit(NAMED_AT_MOST)
                .map(sstable -> sstable.table() + "/" + sstable.sstable()
                        + log.flatMap(file ->
                                        new CassandraLog(file).complaint(sstable.table() + "/" + sstable.sstable()))
                                .map(why -> " (" + why + ")")
                                .orElse(""))
                .collect(Collectors.joining(", "));
        throw new MedusaException(
                FailureKind.CASSANDRA_FAILED,
                "Cassandra has not " + what + " " + Count.of(closed.size(), "SSTable")
                        + " of the backup, so rows are missing: " + named
                        + (closed.size() > NAMED_AT_MOST ? ", ..." : "")
                        + log.map(file -> "; its log is " + file).orElse("; its log says why"));
    }
}
