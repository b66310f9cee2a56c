package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A restore has succeeded only if the node has opened what it was given; whatever it does with it then is its own affair. */
final class LiveSSTablesTest {
    private static final TableDirectory TABLE = new TableDirectory("shop", "orders-" + "0".repeat(32));

    @TempDir
    Path directory;

    private final Node node = new Node();

    /** Links what lies in its directories into a snapshot, but for what it is told to have passed over. */
    private final class Node implements CassandraService {
        private final Set<String> passedOver = new HashSet<>();
        private final Set<String> unknownTables = new HashSet<>();
        private final List<String> rebuilt = new ArrayList<>();
        private boolean up = true;
        private boolean unreachable;
        private Path compactedAfterLook;

        @Override
        public List<Check> checks() {
            return List.of();
        }

        @Override
        public void linkLive(String tag, Set<TableName> tables) {
            if (unreachable) {
                throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "no JMX");
            }
            try {
                for (Path table : tables()) {
                    if (unknownTables.contains(table.getFileName().toString())) {
                        continue;
                    }
                    Path snapshot = Files.createDirectories(table.resolve("snapshots/" + tag));
                    try (Stream<Path> files = Files.walk(table)) {
                        for (Path file : files.filter(Files::isRegularFile).toList()) {
                            String place = table.relativize(file).toString();
                            if (!place.startsWith("snapshots")
                                    && place.endsWith(".db")
                                    && passedOver.stream().noneMatch(place::startsWith)) {
                                Files.createDirectories(snapshot.resolve(place).getParent());
                                Files.createLink(snapshot.resolve(place), file);
                            }
                        }
                    }
                }
                if (compactedAfterLook != null) {
                    Files.delete(compactedAfterLook);
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private List<Path> tables() throws IOException {
            try (Stream<Path> tables = Files.list(data().resolve("shop"))) {
                return tables.toList();
            }
        }

        @Override
        public void clearSnapshot(String tag) {
            try {
                for (Path table : tables()) {
                    Path snapshot = table.resolve("snapshots/" + tag);
                    if (Files.exists(snapshot)) {
                        try (Stream<Path> files = Files.walk(snapshot)) {
                            for (Path file :
                                    files.sorted((a, b) -> b.compareTo(a)).toList()) {
                                Files.delete(file);
                            }
                        }
                    }
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        @Override
        public Optional<Identity> identity() {
            return Optional.empty();
        }

        @Override
        public Optional<Path> storageDirectory() {
            return Optional.empty();
        }

        @Override
        public boolean isDrained() {
            return false;
        }

        @Override
        public Optional<String> user(Collection<Path> directories) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> log() {
            return Optional.of(directory.resolve("system.log"));
        }

        @Override
        public boolean isUp() {
            return up;
        }

        @Override
        public Optional<Locations> locations() {
            return Optional.empty();
        }

        @Override
        public void rebuildIndex(String keyspace, String table, String index) {
            rebuilt.add(keyspace + "." + table + "." + index);
        }

        @Override
        public void importSSTables(TableName table, Path from, boolean ownOnly) {}

        @Override
        public void cleanUp(TableName table) {}

        @Override
        public void drain() {}

        @Override
        public void stop() {}

        @Override
        public void start() {}
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Path sstable(String place) throws IOException {
        Path file = data().resolve(TABLE.toString()).resolve(place + "-Data.db");
        Files.createDirectories(file.getParent());
        return Files.writeString(file, place);
    }

    private List<LiveSSTables.Given> given() {
        return LiveSSTables.in(TABLE, data().resolve(TABLE.toString()));
    }

    private LiveSSTables live() {
        return new LiveSSTables(node, List.of(data()), Duration.ofMillis(1));
    }

    private static CassandraSchema schemaWithIndexes(String... indexes) {
        return (CassandraSchema) Proxy.newProxyInstance(
                CassandraSchema.class.getClassLoader(),
                new Class<?>[] {CassandraSchema.class},
                (proxy, method, args) -> {
                    assertThat(method.getName()).isEqualTo("indexesBuiltOnce");
                    return Map.of(TABLE.qualifiedName(), Set.of(indexes));
                });
    }

    private void requireOpened(List<LiveSSTables.Given> given) {
        live().requireOpened(given, true, schemaWithIndexes(), new IndexRebuild(node));
    }

    private Set<String> left() throws IOException {
        Set<String> left = new TreeSet<>();
        try (Stream<Path> files = Files.walk(data())) {
            files.filter(Files::isRegularFile).map(Path::toString).forEach(left::add);
        }
        return left;
    }

    @Test
    void aSoundRestoreIsSilentAndLeavesNothingBehind() throws IOException {
        sstable("nb-1-big");
        sstable("da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti");
        sstable(".by_status/nb-7-big");
        Set<String> before = left();
        requireOpened(given());
        assertThat(left()).isEqualTo(before);
        assertThat(node.rebuilt).isEmpty();
    }

    @Test
    void anSSTableThatCassandraPassedOverIsNamedWithItsReason() throws IOException {
        sstable("nb-1-big");
        sstable("nb-11-big");
        node.passedOver.add("nb-1-big");
        Files.writeString(directory.resolve("system.log"), """
                ERROR [main] 2026-11-27 10:00:00,000 SSTableReader.java:1 - Corrupt sstable /d/%1$s/nb-1-big=[Data.db]; skipping table
                java.lang.RuntimeException: of an earlier start
                INFO  [main] 2026-11-27 11:00:00,000 CassandraDaemon.java:1 - JVM vendor/version: OpenJDK/17
                ERROR [main] 2026-11-27 11:00:00,000 SSTableReader.java:1 - Corrupt sstable /d/%1$s/nb-1-big=[Data.db]; skipping table
                org.apache.cassandra.io.sstable.CorruptSSTableException: Corrupted: /d/%1$s/nb-1-big
                \tat org.apache.cassandra.Some.where(Some.java:1)
                Caused by: org.apache.cassandra.exceptions.UnknownColumnException: Unknown column gone during deserialization
                INFO  [main] 2026-11-27 11:00:01,000 X.java:1 - nb-1-big and more
                """.formatted(TABLE));
        assertThatThrownBy(() -> requireOpened(given()))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("1 SSTable of the backup")
                .hasMessageContaining(TABLE + "/nb-1-big (Unknown column gone during deserialization)")
                .hasMessageContaining("system.log");
        assertThat(left()).noneMatch(file -> file.contains("snapshots"));
        assertThat(new CassandraLog(directory.resolve("system.log")).corruptSSTable())
                .as("what keeps a node down")
                .contains("/d/" + TABLE + "/nb-1-big (Unknown column gone during deserialization)");
        assertThat(new CassandraLog(directory.resolve("none.log")).corruptSSTable())
                .isEmpty();
    }

    @Test
    void anSSTableThatWasCompactedAwaySinceTheStartIsAccountedFor() throws IOException {
        Path gone = sstable("nb-1-big");
        sstable("nb-2-big");
        sstable("nb-3-big");
        List<LiveSSTables.Given> given = given();
        Files.delete(gone);
        // compacted, but a reader of the old file keeps it on the disk
        node.passedOver.add("nb-2-big");
        Files.writeString(
                data().resolve(TABLE + "/nb_txn_compaction_1.log"),
                "REMOVE:[/d/" + TABLE + "/nb-2-big-,1,8][1]\nADD:[/d/" + TABLE
                        + "/nb-4-big-,0,8][2]\nCOMMIT:[,0,0][3]\n");
        sstable("nb-4-big");
        requireOpened(given);
    }

    @Test
    void aCompactionThatEndsWhileWeLookIsAccountedFor() throws IOException {
        Path old = sstable("nb-1-big");
        List<LiveSSTables.Given> given = given();
        node.passedOver.add("nb-1-big");
        node.compactedAfterLook = old;
        requireOpened(given);
        assertThat(old).doesNotExist();
    }

    @Test
    void anIndexThatWasPassedOverIsRebuiltAndOneThatWasDroppedIsNot() throws IOException {
        sstable("nb-1-big");
        sstable(".by_status/nb-7-big");
        sstable(".dropped/nb-8-big");
        node.passedOver.add(".by_status");
        node.passedOver.add(".dropped");
        live().requireOpened(given(), true, schemaWithIndexes("by_status", "by_city"), new IndexRebuild(node));
        assertThat(node.rebuilt).containsExactly("shop.orders.by_status");
    }

    @Test
    void aTableThatTheRestoredSchemaDoesNotHaveFailsOnlyIfItWasAskedFor() throws IOException {
        sstable("nb-1-big");
        node.unknownTables.add(TABLE.directory());
        requireOpened(given());
        assertThatThrownBy(() -> live().requireOpened(given(), false, schemaWithIndexes(), new IndexRebuild(node)))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining(TABLE.toString());
    }

    @Test
    void aNodeThatCannotBeAskedFailsNoRestore() throws IOException {
        sstable("nb-1-big");
        node.passedOver.add("nb-1-big");
        node.unreachable = true;
        requireOpened(given());
        node.up = false;
        requireOpened(given());
    }

    @Test
    void importedSSTablesAreKnownUnderTheirNewNames() throws IOException {
        Path staged = Files.createDirectories(directory.resolve("staged"));
        for (int i = 1; i <= 3; i++) {
            Files.writeString(staged.resolve("nb-" + i + "-big-Data.db"), "rows " + i);
        }
        List<LiveSSTables.Given> given = LiveSSTables.in(TABLE, staged);
        Path table = Files.createDirectories(data().resolve(TABLE.toString()));
        Files.move(staged.resolve("nb-1-big-Data.db"), table.resolve("nb-21-big-Data.db"));
        Files.move(staged.resolve("nb-2-big-Data.db"), table.resolve("nb-22-big-Data.db"));
        // compacted at once
        Files.delete(staged.resolve("nb-3-big-Data.db"));
        live().requireImported(given);
        node.passedOver.add("nb-22-big");
        assertThatThrownBy(() -> live().requireImported(given))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("imported 1 SSTable")
                .hasMessageContaining("nb-22-big");
    }

    @Test
    void whatMerelyLiesInATablesDirectoryIsNotLive() throws IOException {
        sstable("nb-1-big");
        sstable("nb-2-big");
        node.passedOver.add("nb-2-big");
        LiveSSTables.Live found =
                live().look(Set.of(new TableName("shop", "orders"))).orElseThrow();
        assertThat(found.has(TABLE, "nb-1-big-Data.db")).isTrue();
        assertThat(found.has(TABLE, "nb-2-big-Data.db")).isFalse();
        assertThat(found.names()).isEqualTo(Map.of(TABLE, Set.of("nb-1-big-Data.db")));
    }
}
