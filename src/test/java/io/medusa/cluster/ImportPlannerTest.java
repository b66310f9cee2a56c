package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which nodes get an SSTable, by the tokens of its first and last key; keys are their own tokens here. */
final class ImportPlannerTest {
    private static final BackupName MONDAY = new BackupName("monday");
    private static final TableDirectory TABLE = new TableDirectory("shop", "t-0123456789abcdef0123456789abcdef");
    /** x has the tokens after 200 and up to 0, y those up to 100, z those up to 200. */
    private static final TokenMap RING = ring("x", "y", "z");

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
    private final BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));
    private final ImportPlanner planner = new ImportPlanner(
            catalog,
            new TransferPool(2, false, Progress.NONE),
            key -> Optional.of(
                    new BigInteger(StandardCharsets.US_ASCII.decode(key).toString())));
    private final Map<String, List<String>> objects = new LinkedHashMap<>();

    private static TokenMap ring(String... names) {
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        for (String name : names) {
            nodes.put(
                    new NodeName(name),
                    new TokenMap.Node(List.of(BigInteger.valueOf(nodes.size() * 100L)), false, true, "r1", "dc1"));
        }
        return new TokenMap(nodes);
    }

    private void object(String node, String file, byte[] bytes, String md5) {
        String key = node + "/data/shop/" + TABLE.directory() + "/" + file;
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(new String(bytes, StandardCharsets.ISO_8859_1)));
        objects.computeIfAbsent(node, absent -> new ArrayList<>())
                .add("{\"path\": \"" + key + "\", \"size\": " + bytes.length + ", \"MD5\": \"" + md5 + "\"}");
    }

    /** An SSTable of 100 bytes with these keys, or without a component that tells them. */
    private void sstable(String node, String name, String keys, char md5) throws IOException {
        object(node, name + "-Data.db", new byte[100], String.valueOf(md5).repeat(32));
        if (!keys.isEmpty()) {
            object(node, name + "-Summary.db", summary(keys.split(" ")), "5".repeat(32));
        }
    }

    /** A header, no entries, first and last key. */
    private static byte[] summary(String... keys) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(new byte[24]);
        for (String key : keys) {
            out.writeInt(key.length());
            out.writeBytes(key);
        }
        return bytes.toByteArray();
    }

    private ImportPlanner.Contents contents() {
        List<NodeBackup> backups = new ArrayList<>();
        objects.forEach((node, entries) -> {
            storage.put(
                    new ObjectKey(node + "/monday/meta/manifest.json"),
                    ObjectSource.OfBytes.utf8("[{\"keyspace\": \"shop\", \"columnfamily\": \"" + TABLE.directory()
                            + "\", \"objects\": [" + String.join(", ", entries) + "]}]"));
            backups.add(new NodeBackup(
                    new NodeName(node),
                    MONDAY,
                    BackupMode.DIFFERENTIAL,
                    Instant.ofEpochSecond(1),
                    Instant.ofEpochSecond(2)));
        });
        return planner.read(backups, TABLE::equals);
    }

    @Test
    void aNodeWhoseManifestIsEmptyIsNoNodeWithoutData() {
        storage.put(new ObjectKey("a/monday/meta/manifest.json"), ObjectSource.OfBytes.utf8("[]"));
        storage.put(
                new ObjectKey("a/monday/meta/schema.cql"),
                ObjectSource.OfBytes.utf8("CREATE TABLE shop.t (k int PRIMARY KEY);"));
        NodeBackup backup = new NodeBackup(
                new NodeName("a"), MONDAY, BackupMode.DIFFERENTIAL, Instant.ofEpochSecond(1), Instant.ofEpochSecond(2));
        assertThatThrownBy(() -> planner.read(List.of(backup), TABLE::equals))
                .hasMessageContaining("a/monday/meta/manifest.json names no tables, although the schema");
    }

    private static Map<String, Replication> simple(int replicas) {
        return Map.of("shop", Replication.parse("{'class': 'SimpleStrategy', 'replication_factor': " + replicas + "}"));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # keys,    replicas, nodes, clean up on
            10 90,     1,        y,     ''
            100 100,   1,        y,     ''
            101 101,   1,        z,     ''
            150 150,   1,        z,     ''
            201 300,   1,        x,     ''
            -50 0,     1,        x,     ''
            # over the ends of ranges: everybody has to drop what is another's
            10 150,    1,        y z,   y z
            -50 1,     1,        x y,   x y
            -50 300,   1,        x y z, x y z
            # several replicas
            10 90,     2,        y z,   ''
            10 150,    2,        x y z, x y
            10 150,    3,        x y z, ''
            # what the keys do not tell goes to everybody
            '',        1,        x y z, x y z
            '',        3,        x y z, ''
            90 10,     1,        x y z, x y z
            """)
    void deal(String keys, int replicas, String nodes, String cleanUp) throws IOException {
        sstable("a", "nb-1-big", keys, 'a');
        Map<NodeName, ImportPlanner.NodeAssignment> dealt =
                planner.deal(MONDAY, contents(), Set.of(new NodeName("a")), RING, simple(replicas));
        assertThat(dealt.keySet()).isEqualTo(RING.names());
        assertThat(where(dealt, false)).isEqualTo(nodes);
        assertThat(where(dealt, true)).isEqualTo(cleanUp);
    }

    private static String where(Map<NodeName, ImportPlanner.NodeAssignment> dealt, boolean onlyCleanUp) {
        return dealt.entrySet().stream()
                .filter(node -> node.getValue().sstables() > 0)
                .filter(node ->
                        !onlyCleanUp || node.getValue().plan().cleanUp().equals(Set.of(new TableName("shop", "t"))))
                .map(node -> node.getKey().value())
                .sorted()
                .collect(Collectors.joining(" "));
    }

    private static String names(ImportPlanner.NodeAssignment assignment) {
        Set<String> names = new TreeSet<>();
        assignment.plan().sources().forEach((source, tables) -> tables.values()
                .forEach(sstables -> sstables.forEach(sstable -> names.add(source + ":" + sstable))));
        return String.join(" ", names);
    }

    /** Replicas that were compacted alike, and copies in full backups, have the same bytes. */
    @Test
    void theSameBytesAreDealtOnceAndOnlyThoseOfTheSources() throws IOException {
        sstable("a", "nb-1-big", "10 20", 'a');
        sstable("b", "nb-7-big", "10 20", 'a');
        sstable("b", "nb-8-big", "10 20", 'b');
        sstable("c", "nb-9-big", "10 20", 'c');
        ImportPlanner.NodeAssignment y = planner.deal(
                        MONDAY, contents(), Set.of(new NodeName("a"), new NodeName("b")), RING, simple(1))
                .get(new NodeName("y"));
        assertThat(names(y)).isEqualTo("a:nb-1-big b:nb-8-big");
        assertThat(y.sstables()).isEqualTo(2);
        assertThat(y.bytes()).isGreaterThanOrEqualTo(200);
    }

    @Test
    void nodesWithTheSameTokensGetAllThatOneHad() throws IOException {
        sstable("a", "nb-1-big", "10 20", 'a');
        sstable("b", "nb-7-big", "10 20", 'a');
        Map<NodeName, ImportPlanner.NodeAssignment> passed = planner.pass(
                MONDAY, contents(), Map.of(new NodeName("a"), new NodeName("x"), new NodeName("b"), new NodeName("y")));
        assertThat(names(passed.get(new NodeName("x")))).isEqualTo("a:nb-1-big");
        assertThat(names(passed.get(new NodeName("y")))).isEqualTo("b:nb-7-big");
        assertThat(where(passed, true)).isEmpty();
    }

    @Test
    void aKeyspaceThatNobodyHoldsIsRefused() throws IOException {
        sstable("a", "nb-1-big", "10 20", 'a');
        ImportPlanner.Contents contents = contents();
        assertThatThrownBy(() -> planner.deal(MONDAY, contents, Set.of(new NodeName("a")), RING, Map.of()))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("no node of the cluster holds rows of keyspace shop");
    }
}
