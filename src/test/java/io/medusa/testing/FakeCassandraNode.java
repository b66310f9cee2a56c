package io.medusa.testing;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.LocalCassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/** Real files in the layout of a data directory, snapshots made by links as Cassandra makes them; no database. */
public final class FakeCassandraNode implements SnapshotService {
    public static final String ID = "0123456789abcdef0123456789abcdef";

    private final Path data;
    private final NodeName name;
    private final List<NodeName> ring;
    private final Set<TableDirectory> tables = new HashSet<>();
    private final List<NodeName> elsewhere = new ArrayList<>();
    private final Map<String, List<String>> columns = new HashMap<>();
    private final Map<TableDirectory, Map<String, Boolean>> indexes = new HashMap<>();
    private Runnable duringSnapshots = () -> {};
    private Clock clock = Clock.systemUTC();
    private int snapshotsTaken;
    private boolean lastExpires;
    private boolean failing;
    private boolean halfway;
    private OptionalLong epoch = OptionalLong.empty();
    private boolean undumpable;

    public FakeCassandraNode(Path data, NodeName name, NodeName... others) {
        this.data = data;
        this.name = name;
        this.ring = new ArrayList<>(List.of(others));
        ring.add(0, name);
    }

    /** The node as a backup sees it. */
    public CassandraNode node() throws IOException {
        return node(this);
    }

    /** The same with snapshots by somebody else. */
    public CassandraNode node(SnapshotService snapshots) throws IOException {
        Files.createDirectories(data);
        Path yaml = data.resolveSibling("cassandra.yaml");
        // never half of it: several requests look at the node at once
        FileSystems.replace(yaml, "data_file_directories: [ \"" + data + "\" ]\n");
        return new LocalCassandraNode(
                CassandraYaml.read(yaml),
                snapshots,
                this::describe,
                data.resolveSibling("marks"),
                clock,
                Duration.ZERO);
    }

    /** Makes nodes of another datacenter known. */
    public void elsewhere(NodeName... others) {
        elsewhere.addAll(List.of(others));
    }

    /** Every snapshot fails from now on. */
    public void failSnapshots(boolean fail) {
        failing = fail;
    }

    /** The next snapshot fails when half of the tables are done. */
    public void failHalfway() {
        halfway = true;
    }

    /** Something happens whenever a snapshot is being taken, before its first table is. */
    public void duringSnapshots(Runnable change) {
        duringSnapshots = change;
    }

    /** Makes it a Cassandra 6 whose log of the cluster's metadata ends with this entry. */
    public void epoch(long last) {
        epoch = OptionalLong.of(last);
    }

    /** No dump of the cluster's metadata can be had from now on. */
    public void failDumps() {
        undumpable = true;
    }

    @Override
    public Optional<byte[]> clusterMetadata() {
        if (undumpable) {
            throw new MedusaException(FailureKind.LOCAL_FILE, "dumping the cluster's metadata: permission denied");
        }
        return epoch.isPresent()
                ? Optional.of(("dump of " + epoch.getAsLong()).getBytes(StandardCharsets.UTF_8))
                : Optional.empty();
    }

    /** The time, for snapshots. */
    public void clock(Clock newClock) {
        clock = newClock;
    }

    /** How many snapshots have been taken. */
    public int snapshotsTaken() {
        return snapshotsTaken;
    }

    /** Whether the snapshot taken last was to expire. */
    public boolean lastExpires() {
        return lastExpires;
    }

    /** Adds a column to a table's definition. */
    public void addColumn(String keyspace, String table, String column) {
        columns.computeIfAbsent(keyspace + "." + table, absent -> new ArrayList<>())
                .add(column);
    }

    /** Drops a table: its files go, its snapshots stay. */
    public void drop(String keyspace, String table) {
        tables.remove(new TableDirectory(keyspace, table + "-" + ID));
        columns.remove(keyspace + "." + table);
        try (Stream<Path> files = Files.list(directory(keyspace, table))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Creates an index; of those that are being built the table's files have a part. */
    public void index(String keyspace, String table, String name, boolean built) {
        indexes.computeIfAbsent(new TableDirectory(keyspace, table + "-" + ID), absent -> new TreeMap<>())
                .put(name, built);
    }

    private NodeDescription describe() {
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        for (int i = 0; i < ring.size(); i++) {
            nodes.put(ring.get(i), new TokenMap.Node(List.of(BigInteger.valueOf(i * 100L)), false, true, "r1", "dc1"));
        }
        Map<TableDirectory, Set<String>> built = new HashMap<>();
        indexes.forEach((table, states) -> built.put(
                table,
                states.entrySet().stream()
                        .filter(Map.Entry::getValue)
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet())));
        String schema = schema();
        return new NodeDescription(
                new BackupMetadata(
                        schema,
                        schema,
                        new TokenMap(nodes, Set.of(), epoch),
                        new ServerVersion("cassandra", epoch.isPresent() ? "6.0-alpha2" : "5.0.9")),
                new UUID(1, 2),
                tables,
                wholeRing(nodes),
                "org.apache.cassandra.dht.Murmur3Partitioner",
                Optional.of(UUID.nameUUIDFromBytes(schema.getBytes(StandardCharsets.UTF_8))),
                built);
    }

    private String schema() {
        StringBuilder text = new StringBuilder();
        tables.stream().map(TableDirectory::keyspace).distinct().sorted().forEach(keyspace -> {
            text.append("CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy'};\n\n");
            tables.stream()
                    .filter(table -> table.keyspace().equals(keyspace))
                    .sorted()
                    .forEach(table -> text.append(definition(table)).append("\n\n"));
        });
        return text.toString().strip();
    }

    private String definition(TableDirectory table) {
        String more = columns.getOrDefault(table.qualifiedName(), List.of()).stream()
                .map(column -> "    " + column + " text,\n")
                .collect(Collectors.joining());
        StringBuilder text = new StringBuilder("CREATE TABLE " + table.keyspace() + ".\"" + table.table()
                + "\" (\n    k int,\n" + more + "    PRIMARY KEY (k)\n) WITH ID = "
                + ID.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5") + "\n    AND comment = '';");
        indexes.getOrDefault(table, Map.of())
                .keySet()
                .forEach(index -> text.append(
                        "\nCREATE INDEX " + index + " ON " + table.keyspace() + ".\"" + table.table() + "\" (k);"));
        return text.toString();
    }

    private TokenMap wholeRing(Map<NodeName, TokenMap.Node> local) {
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>(local);
        elsewhere.forEach(other -> nodes.put(
                other, new TokenMap.Node(List.of(BigInteger.valueOf(7L + nodes.size())), false, true, "r1", "dc2")));
        return new TokenMap(nodes);
    }

    /** Moves a table to a directory without an id, as version 2.0 made them. */
    public void withoutId(String keyspace, String table) {
        try {
            Files.move(directory(keyspace, table), data.resolve(keyspace).resolve(table));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private Path directory(String keyspace, String table) {
        return data.resolve(keyspace).resolve(table + "-" + ID);
    }

    /** Makes a table known to the schema, with its directory. */
    public Path table(String keyspace, String table) throws IOException {
        tables.add(new TableDirectory(keyspace, table + "-" + ID));
        return Files.createDirectories(directory(keyspace, table));
    }

    /** Writes an SSTable with the eight components of the big format; the digest follows from the content. */
    public void sstable(String keyspace, String table, int generation, String content) throws IOException {
        write(table(keyspace, table), generation, content);
    }

    private static void write(Path directory, int generation, String content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content.getBytes(StandardCharsets.UTF_8));
        String prefix = "nb-" + generation + "-big-";
        Map<String, String> components = Map.of(
                "Data.db",
                content,
                "Digest.crc32",
                String.format("%010d", crc.getValue()),
                "Index.db",
                "index of " + content,
                "Filter.db",
                "filter of " + content,
                "Statistics.db",
                "statistics of " + content,
                "Summary.db",
                "summary of " + content,
                "CompressionInfo.db",
                "chunks",
                "TOC.txt",
                "CompressionInfo.db\nData.db\nDigest.crc32\nFilter.db\nIndex.db\nStatistics.db\nSummary.db\nTOC.txt\n");
        for (Map.Entry<String, String> component : components.entrySet()) {
            replace(directory.resolve(prefix + component.getKey()), component.getValue());
        }
    }

    /** Writes a file as Cassandra does: a new one takes the place of the old, so that snapshots keep theirs. */
    public static void replace(Path file, String content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(fresh, content);
        Files.move(fresh, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** A component of a live SSTable. */
    public Path component(String keyspace, String table, int generation, String component) {
        return directory(keyspace, table).resolve("nb-" + generation + "-big-" + component);
    }

    /** Removes an SSTable, as a compaction or a truncation does. */
    public void remove(String keyspace, String table, int generation) throws IOException {
        try (Stream<Path> files = Files.list(directory(keyspace, table))) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("nb-" + generation + "-")) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void take(String tag) {
        lastExpires = false;
        link(tag);
    }

    @Override
    public void take(String tag, Duration expiry) {
        lastExpires = true;
        link(tag);
    }

    private void link(String tag) {
        if (failing) {
            throw new MedusaException(FailureKind.CASSANDRA_FAILED, "taking snapshot " + tag + " failed");
        }
        try {
            snapshotsTaken++;
            duringSnapshots.run();
            int done = 0;
            for (TableDirectory table : tables.stream().sorted().toList()) {
                link(data.resolve(table.toString()), tag, definition(table), lastExpires);
                if (halfway && ++done >= (tables.size() + 1) / 2) {
                    halfway = false;
                    throw new MedusaException(FailureKind.CASSANDRA_FAILED, "the node died in its snapshot");
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void link(Path table, String tag, String definition, boolean expires) throws IOException {
        Path snapshot = Files.createDirectories(table.resolve("snapshots").resolve(tag));
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.walk(table)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/snapshots/"))
                    .toList()) {
                Path link = snapshot.resolve(table.relativize(file).toString());
                Files.createDirectories(link.getParent());
                Files.createLink(link, file);
                names.add("\"" + table.relativize(file) + "\"");
            }
        }
        Files.writeString(
                snapshot.resolve("manifest.json"),
                "{\"files\": [" + String.join(", ", names) + "]"
                        + (expires ? ", \"expires_at\": \"2099-01-01T00:00:00Z\"" : "") + "}");
        Files.writeString(
                snapshot.resolve("schema.cql"),
                definition.replaceAll("CREATE (TABLE|INDEX) ", "CREATE $1 IF NOT EXISTS "));
    }

    @Override
    public void clear(String tag) {
        try (Stream<Path> all = Files.walk(data)) {
            List<Path> snapshots =
                    all.filter(path -> path.endsWith(Path.of("snapshots", tag))).toList();
            for (Path snapshot : snapshots) {
                try (Stream<Path> paths = Files.walk(snapshot)) {
                    for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                        Files.delete(path);
                    }
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public NodeName name() {
        return name;
    }
}
