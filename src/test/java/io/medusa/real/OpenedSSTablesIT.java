package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Cassandra does not open of a restore is an error, although it starts and says nothing but in its log. */
final class OpenedSSTablesIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private RealNode node;
    private Cli medusa;

    @BeforeEach
    void rows() throws Exception {
        node = SharedNode.get();
        node.cql(
                "DROP KEYSPACE IF EXISTS opened",
                "CREATE KEYSPACE opened WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE opened.plain (id int PRIMARY KEY, v text)",
                "CREATE TABLE opened.other (id int PRIMARY KEY, v text)",
                "CREATE INDEX by_v ON opened.plain (v)",
                "CREATE TABLE opened.wide (id int PRIMARY KEY, v text, extra text)");
        for (int i = 0; i < 10; i++) {
            node.cql(
                    "INSERT INTO opened.plain (id, v) VALUES (" + i + ", 'v')",
                    "INSERT INTO opened.other (id, v) VALUES (" + i + ", 'v')",
                    "INSERT INTO opened.wide (id, v, extra) VALUES (" + (100 + i) + ", 'v', 'x')");
        }
        medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket"))
                .with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "one", "--mode", "full").ok();
    }

    @AfterEach
    void tidyUp() throws Exception {
        SharedNode.get().cql("DROP KEYSPACE opened");
        // what the imports that failed have staged stays for the next run; no other test is to find it
        Path staged = node.directory().resolve(".medusa-data");
        if (Files.exists(staged)) {
            try (Stream<Path> files = Files.walk(staged)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Gives a table of the backup the SSTables of another, as a bucket would hold them that somebody has mixed up or damaged. */
    private void add(String from, String to, String sstable, UnaryOperator<byte[]> statistics) throws Exception {
        Path bucket = directory.resolve("bucket");
        for (Path manifest : manifests(bucket)) {
            ArrayNode sections = (ArrayNode) JSON.readTree(Files.readAllBytes(manifest));
            ObjectNode target = section(sections, to);
            for (var object : List.copyOf(objects(section(sections, from)))) {
                String source = object.get("path").asText();
                if (source.contains("/.")) {
                    continue;
                }
                String component = source.substring(source.lastIndexOf('-') + 1);
                String key = source.substring(0, source.indexOf("/opened/")) + "/opened/"
                        + target.get("columnfamily").asText() + "/" + sstable + "-" + component;
                byte[] content = Files.readAllBytes(bucket.resolve(source));
                if (component.equals("Statistics.db")) {
                    content = statistics.apply(content);
                }
                Files.write(bucket.resolve(key), content);
                ObjectNode entry = ((ObjectNode) object).deepCopy();
                entry.put("path", key);
                entry.put("size", content.length);
                entry.put(
                        "MD5",
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("MD5").digest(content)));
                ((ArrayNode) target.get("objects")).add(entry);
            }
            Files.write(manifest, JSON.writeValueAsBytes(sections));
        }
    }

    private static List<com.fasterxml.jackson.databind.JsonNode> objects(ObjectNode section) {
        return Stream.of(section.get("objects"))
                .flatMap(objects -> java.util.stream.StreamSupport.stream(objects.spliterator(), false))
                .toList();
    }

    private static List<Path> manifests(Path bucket) throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            return files.filter(file -> file.getFileName().toString().startsWith("manifest"))
                    .toList();
        }
    }

    private static ObjectNode section(ArrayNode sections, String table) {
        for (var section : sections) {
            if (section.get("columnfamily").asText().startsWith(table + "-")
                    && section.get("keyspace").asText().equals("opened")) {
                return (ObjectNode) section;
            }
        }
        throw new AssertionError(table);
    }

    private static byte[] damaged(byte[] statistics) {
        byte[] content = statistics.clone();
        for (int i = content.length / 2; i < content.length; i++) {
            content[i] ^= 0x5a;
        }
        return content;
    }

    private long rowsOf(String table) {
        return node.rows("SELECT * FROM opened." + table).size();
    }

    @Test
    void aSoundRestoreSucceedsAndAnSSTableThatCassandraPassesOverFailsTheRestore() throws Exception {
        Cli.Result sound = medusa.run("restore-node", "--backup-name", "one").ok();
        assertThat(sound.err()).doesNotContain("WARN").doesNotContain("ERROR");
        node.reconnect();
        assertThat(node.hasSnapshot("medusa-.live-sstables")).isFalse();

        add("wide", "plain", "nb-77-big", UnaryOperator.identity());
        add("other", "other", "nb-78-big", OpenedSSTablesIT::damaged);
        Cli.Result failed = medusa.run("restore-node", "--backup-name", "one");
        assertThat(failed.status()).isNotZero();
        assertThat(failed.err())
                .contains("Cassandra has not opened 2 SSTables of the backup")
                .contains("/nb-77-big (Unknown column extra")
                .contains("/nb-78-big (")
                .contains("restore-node --undo");
        node.reconnect();
        assertThat(node.hasSnapshot("medusa-.live-sstables")).isFalse();
        medusa.run("restore-node", "--undo").ok();
        node.reconnect();
        assertThat(rowsOf("plain")).isEqualTo(10);
    }

    @Test
    void importsOfWhatCassandraRefusesNameTheReason() throws Exception {
        add("other", "other", "nb-78-big", OpenedSSTablesIT::damaged);
        node.cql("TRUNCATE opened.other");
        Cli.Result failed = medusa.run("restore-table", "opened.other", "--backup-name", "one");
        assertThat(failed.status()).isNotZero();
        // its own Statistics.db tells that before Cassandra is asked
        assertThat(failed.err())
                .contains("opened/other")
                .contains("its own checksum does not match")
                .contains("nb-78-big");

        add("wide", "wide", "zz-79-big", UnaryOperator.identity());
        Cli.Result newer = medusa.run("restore-table", "opened.wide", "--backup-name", "one");
        assertThat(newer.status()).isNotZero();
        assertThat(newer.err()).contains("opened.wide").contains("zz (big)");
    }

    @Test
    void aFileThatMerelyLiesInTheTablesDirectoryIsImported() throws Exception {
        Path table = node.tableDirectory("opened", "other");
        Path aside = Files.createDirectories(directory.resolve("aside"));
        node.flush("opened");
        try (Stream<Path> files = Files.list(table)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, aside.resolve(file.getFileName()));
            }
        }
        node.cql("TRUNCATE opened.other");
        try (Stream<Path> files = Files.list(aside)) {
            for (Path file : files.toList()) {
                Files.copy(file, table.resolve(file.getFileName()));
            }
        }
        Cli.Result result = medusa.run("restore-table", "opened.other", "--backup-name", "one")
                .ok();
        assertThat(result.err()).contains("1 SSTable imported, 0 already live");
        assertThat(rowsOf("other")).isEqualTo(10);
    }
}
