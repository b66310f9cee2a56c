package io.medusa.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.SSTableKeys;
import io.medusa.cassandra.TokenSettings;
import io.medusa.cluster.RestoreMapping;
import io.medusa.config.ConfigReader;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Component;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.StoredBackup;
import io.medusa.repository.Verifications;
import io.medusa.schema.BackupSchema;
import io.medusa.schema.CqlScript;
import io.medusa.schema.SchemaStatement;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.InMemoryStorage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every parser that reads what others wrote, on good inputs that were spoiled at random: what it cannot read is a clear error of one
 * line, never a crash or an endless loop. {@code -Dmedusa.fuzz.inputs} tries more than in an ordinary build, {@code
 * -Dmedusa.fuzz.seed} others.
 */
final class FuzzTest {
    private static final int INPUTS = Integer.getInteger("medusa.fuzz.inputs", 4_000);
    private static final long SEED = Long.getLong("medusa.fuzz.seed", 20261126);
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("b1");
    private static final String TABLE = "t-0123456789abcdef0123456789abcdef";
    private static final String[] NASTY = {
        "\u0000",
        "\"",
        "\\",
        "'",
        "{",
        "}",
        "[",
        "]",
        "..",
        "/",
        "%",
        "\n",
        "\r",
        "\t",
        ";",
        "--",
        "/*",
        "*/",
        "$$",
        "\ud83d\ude00",
        "-1",
        "99999999999999999999",
        "1e400",
        "null",
        "true",
        "&a *a",
        "!!java.lang.Object",
        "\ufeff",
        "NaN"
    };

    @TempDir
    Path directory;

    /** What reads an input; whatever it returns is good. */
    private interface Reader {
        void read(byte[] input) throws Exception;
    }

    @TestFactory
    Stream<DynamicTest> parsers() {
        String manifest = "[{\"keyspace\": \"ks\", \"columnfamily\": \"" + TABLE
                + "\", \"objects\": [{\"path\": \"n1/data/ks/" + TABLE
                + "/nb-1-big-Data.db\", \"MD5\": \"kAFQmDzST7DWlj99KOF/cg==\", \"size\": 3, \"modified_ns\": 17}, {\"path\": \"n1/data/ks/"
                + TABLE + "/.ix/nb-1-big-Data.db\", \"MD5\": null, \"size\": 0}]}]";
        String tokens =
                "{\"n1\": {\"tokens\": [-9223372036854775808, 7], \"is_up\": true, \"rack\": \"r1\", \"dc\": \"dc1\"},"
                        + " \"10.0.0.2\": {\"tokens\": 5, \"is_up\": false}}";
        String schema =
                "CREATE KEYSPACE \"My ks\" WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'} AND"
                        + " durable_writes = true;\n\nCREATE TABLE \"My ks\".t (id int PRIMARY KEY, v frozen<list<text>>) WITH comment ="
                        + " 'a; ''b''' AND id = 01234567-89ab-cdef-0123-456789abcdef;\nCREATE FUNCTION \"My ks\".f(x int) CALLED ON NULL INPUT"
                        + " RETURNS int LANGUAGE java AS $$ return x; $$;\nCREATE MATERIALIZED VIEW \"My ks\".v AS SELECT * FROM \"My ks\".t;";
        String yaml = "cluster_name: 'x'\nnum_tokens: 4\n# initial_token:\nseed_provider:\n  - class_name:"
                + " org.apache.cassandra.locator.SimpleSeedProvider\n    parameters:\n      - seeds: \"127.0.0.1:7000, n2\"\n"
                + "data_file_directories: [ /a, \"/b c\" ]\nclient_encryption_options:\n  enabled: true\nlisten_address: 127.0.0.1\n";
        String ini =
                "[storage]\nstorage_provider = local\nbase_path = " + directory + "\nbucket_name = bucket\nfqdn = n1\n"
                        + "max_backup_age = 3\ntransfer_max_bandwidth = 2.5MB/s\nfinish_by = 05:30\n[cassandra]\nstart_cmd = \"a b\" 'c' d\\ e\n"
                        + "resolve_ip_addresses = False\n[logging]\nlevel = INFO\n[grpc]\nport = 50051\n[monitoring]\nmonitoring_provider = otlp\n";
        return Stream.of(
                test("manifest", manifest, input -> stored("n1/b1/meta/manifest.json", input)
                        .manifest()),
                test(
                        "notes of verifications",
                        "{\"b1\": [\"1700000000\", \"exists\", \"0\"], \"b2\": [1700000000, \"content\", 3]}",
                        input -> {
                            InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
                            storage.put(new ObjectKey("index/verified.json"), ObjectSource.OfBytes.utf8(text(input)));
                            verifications(storage).state();
                        }),
                test(
                        "records of verifications",
                        "{\"version\": 1, \"replaces\": [\"0\"], \"results\": {\"b1\": {\"exists\": [17, 2]}},"
                                + " \"rounds\": {\"sample\": [17, \"db1\", 3]}, \"findings\": [{\"node\": \"db1\","
                                + " \"problem\": \"missing\", \"level\": \"exists\", \"since\": 17, \"seen\": 18,"
                                + " \"run\": \"0\", \"backups\": [\"b1\"], \"keys\": [\"a/b\"]}]}",
                        input -> {
                            InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
                            storage.put(new ObjectKey("index/verified/1.json"), ObjectSource.OfBytes.utf8(text(input)));
                            verifications(storage).state();
                        }),
                test("token map", tokens, input -> stored("n1/b1/meta/tokenmap.json", input)
                        .tokenMap()),
                test(
                        "names in the index",
                        "index/backup_index/b1/finished_n_1.example.com_1700000060.timestamp",
                        input -> {
                            RepositoryLayout layout = new RepositoryLayout("");
                            String key = text(input);
                            layout.parseIndex(key);
                            layout.parseData(key);
                            layout.parseMeta(key, "manifest.json");
                        }),
                test("index", "tokenmap_n1.json", input -> {
                    InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
                    for (String file : List.of(text(input), "schema_n1.cql", "started_n1_1700000000.timestamp")) {
                        String key = "index/backup_index/b1/" + file;
                        if (ObjectKey.isValid(key)) {
                            storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8("{}"));
                        }
                    }
                    new BackupCatalog(storage, new RepositoryLayout("")).clusterBackups();
                }),
                test("schema", schema, input -> {
                    for (String statement : CqlScript.statements(text(input))) {
                        SchemaStatement.of(statement);
                    }
                    BackupSchema.parse(text(input)).replications();
                }),
                test("cassandra.yaml", yaml, input -> {
                    CassandraYaml read = CassandraYaml.read(Files.write(directory.resolve("cassandra.yaml"), input));
                    read.seeds();
                    read.nativePort();
                    read.storagePort();
                    read.allDataDirectories();
                    TokenSettings.withTokens(text(input), List.of(BigInteger.ONE, BigInteger.TEN));
                }),
                test("medusa.ini", ini, input -> new ConfigReader(Map.of())
                        .read(Optional.of(Files.write(directory.resolve("medusa.ini"), input)), Map.of())),
                test(
                        "restore mapping",
                        "{\"in_place\": false, \"host_map\": {\"a\": {\"source\": [\"b\", \"c\"], \"seed\": true}}}",
                        input -> RestoreMapping.parse(text(input), "RESTORE_MAPPING")
                                .json()),
                test(
                        "import plan",
                        "medusa-import 1\nbackup b1\ncleanup ks t\nnode n1\ntable ks " + TABLE
                                + "\nsstable nb-1-big\nend\n",
                        input -> ImportPlan.parse(text(input).lines().toList())),
                test(
                        "keys of an SSTable",
                        "\u0000\u0000\u0000\u0080\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0010"
                                + "\u0000\u0000\u0000\u0080\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0001a\u0000\u0000\u0000\u0001b",
                        input -> {
                            for (Component component : List.of(Component.SUMMARY, Component.PARTITIONS)) {
                                SSTableKeys.read(
                                        component,
                                        input.length,
                                        (offset, length) -> new ByteArrayInputStream(
                                                input, (int) offset, (int) Math.min(length, input.length - offset)));
                            }
                        }));
    }

    private static Verifications verifications(InMemoryStorage storage) {
        return new Verifications(new Bucket(storage, new RepositoryLayout(""), Clock.systemUTC()));
    }

    private static StoredBackup stored(String key, byte[] content) {
        InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
        storage.put(new ObjectKey(key), new ObjectSource.OfBytes(java.nio.ByteBuffer.wrap(content)));
        return new BackupCatalog(storage, new RepositoryLayout(""))
                .stored(new NodeBackup(NODE, NAME, BackupMode.DIFFERENTIAL, Instant.EPOCH, Instant.EPOCH));
    }

    private static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    private static DynamicTest test(String what, String good, Reader reader) {
        return DynamicTest.dynamicTest(what, () -> {
            Random random = new Random(SEED);
            byte[] seed = good.getBytes(StandardCharsets.UTF_8);
            List<byte[]> pool = new ArrayList<>(List.of(seed));
            int refused = 0;
            for (int i = 0; i < INPUTS; i++) {
                byte[] input = i == 0 ? seed : spoiled(pool.get(random.nextInt(pool.size())), random);
                try {
                    reader.read(input);
                } catch (MedusaException clear) {
                    refused++;
                    assertThat(clear.getMessage()).as(what).isNotBlank().doesNotContain("\n");
                } catch (Throwable crash) {
                    throw new AssertionError(
                            what + ", input " + i + " of seed " + SEED + ": " + crash + "\n" + text(input), crash);
                }
                if (pool.size() < 200) {
                    pool.add(input);
                }
            }
            assertThat(refused).as("some of it is refused, not all").isLessThan(INPUTS);
        });
    }

    private static byte[] spoiled(byte[] input, Random random) throws IOException {
        byte[] now = input;
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(now.length + 1);
            int end = at + random.nextInt(now.length - at + 1);
            now = switch (random.nextInt(6)) {
                case 0 -> joined(now, at, new byte[0], end);
                case 1 -> joined(now, at, NASTY[random.nextInt(NASTY.length)].getBytes(StandardCharsets.UTF_8), at);
                case 2 -> joined(now, end, java.util.Arrays.copyOfRange(now, at, end), end);
                case 3 -> joined(now, at, new byte[] {(byte) random.nextInt(256)}, Math.min(at + 1, now.length));
                case 4 -> java.util.Arrays.copyOf(now, at);
                default ->
                    joined(
                            now,
                            at,
                            NASTY[random.nextInt(NASTY.length)].getBytes(StandardCharsets.UTF_8),
                            Math.min(at + 1, now.length));
            };
            if (now.length > 4096) {
                now = java.util.Arrays.copyOf(now, 4096);
            }
        }
        return now;
    }

    private static byte[] joined(byte[] input, int until, byte[] middle, int from) throws IOException {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.write(input, 0, until);
        out.write(middle);
        out.write(input, from, input.length - from);
        return out.toByteArray();
    }
}
