package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BTI format, UUID identifiers, an SAI index, quoted names, and two data directories. */
final class StorageFormatsIT {
    @TempDir
    Path directory;

    private static void loadRows(RealNode node, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            node.cql("INSERT INTO \"Shop\".\"MixedCase\" (id, body, n) VALUES (" + i + ", 'body " + i % 10 + "', " + i
                    + ")");
        }
        node.flush("Shop");
    }

    private static void createTable(RealNode node) {
        node.cql(
                "CREATE KEYSPACE \"Shop\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE \"Shop\".\"MixedCase\" (id int PRIMARY KEY, body text, n int) WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}",
                "CREATE INDEX sai_body ON \"Shop\".\"MixedCase\" (body) USING 'sai'",
                "CREATE INDEX legacy_n ON \"Shop\".\"MixedCase\" (n)");
    }

    private List<Path> components(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/snapshots/"))
                    .filter(file -> !file.toString().contains("/.medusa/"))
                    .toList();
        }
    }

    /** Directory and name of every component. */
    private List<String> names(Path root) throws IOException {
        return components(root).stream()
                .map(path -> path.getParent().getFileName() + "/" + path.getFileName())
                .toList();
    }

    @Test
    void btiFormatWithUuidIdentifiersAndSai() throws Exception {
        try (RealNode node = RealNode.create(
                directory.resolve("node"),
                "sstable:",
                "  selected_format: bti",
                "uuid_sstable_identifiers_enabled: true",
                "storage_compatibility_mode: NONE")) {
            node.start();
            createTable(node);
            loadRows(node, 0, 100);
            Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
            Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
            medusa.run("backup", "--backup-name", "one").ok();
            loadRows(node, 100, 150);
            JsonNode two = new JsonMapper()
                    .readTree(medusa.run("backup", "--backup-name", "two", "--output", "json")
                            .ok()
                            .out());
            assertThat(two.path("reused_objects").asInt()).isPositive();
            List<String> pool = components(directory.resolve("bucket/127.0.0.1/data/Shop")).stream()
                    .map(path -> path.getFileName().toString())
                    .toList();
            assertThat(pool).anyMatch(name -> name.matches("da-[0-9a-z_]+-bti-SAI\\+aa\\+sai_body\\+TermsData\\.db"));
            assertThat(pool).anyMatch(name -> name.endsWith("-bti-Rows.db"));
            assertThat(components(directory.resolve("bucket/127.0.0.1/data/Shop")).stream()
                            .filter(path -> path.toFile().length() == 0))
                    .as("components of zero bytes are there")
                    .isNotEmpty();
            for (String name : List.of("one", "two")) {
                medusa.run("verify", "--backup-name", name).ok();
            }
            medusa.run("restore-node", "--backup-name", "one").ok();
            assertThat(node.count("\"Shop\".\"MixedCase\"")).isEqualTo(100);
            assertThat(node.rows("SELECT * FROM \"Shop\".\"MixedCase\" WHERE body = 'body 3'"))
                    .hasSize(10);
            assertThat(node.rows("SELECT * FROM \"Shop\".\"MixedCase\" WHERE n = 42"))
                    .hasSize(1);
            medusa.run("restore-node", "--backup-name", "two", "--table", "Shop.MixedCase")
                    .ok();
            assertThat(node.count("\"Shop\".\"MixedCase\"")).isEqualTo(150);
            assertThat(node.rows("SELECT * FROM \"Shop\".\"MixedCase\" WHERE body = 'body 3'"))
                    .hasSize(15);
        }
    }

    @Test
    void B28_twoDataDirectories() throws Exception {
        Path home = directory.resolve("node");
        try (RealNode node = RealNode.create(
                home,
                "data_file_directories: [ \"" + home.resolve("dataA") + "\", \"" + home.resolve("dataB") + "\" ]")) {
            node.start();
            createTable(node);
            for (int i = 0; i < 8; i++) {
                loadRows(node, i * 25, i * 25 + 25);
            }
            assertThat(components(home.resolve("dataB/Shop")))
                    .as("the second directory is used")
                    .isNotEmpty();
            Path ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
            Cli medusa = new Cli(ini).with("TMPDIR", directory.toString());
            medusa.run("backup", "--backup-name", "both").ok();
            List<String> live = new ArrayList<>(names(home.resolve("dataA/Shop")));
            live.addAll(names(home.resolve("dataB/Shop")));
            // a scratch file of SAI that Cassandra leaves out of its snapshots
            live.removeIf(name -> name.endsWith("SAI+aa+PartitionToSize.db"));
            assertThat(names(directory.resolve("bucket/127.0.0.1/data/Shop")))
                    .containsExactlyInAnyOrderElementsOf(live);
            loadRows(node, 200, 300);
            medusa.run("restore-node", "--backup-name", "both").ok();
            assertThat(node.count("\"Shop\".\"MixedCase\"")).isEqualTo(200);
            assertThat(node.rows("SELECT * FROM \"Shop\".\"MixedCase\" WHERE body = 'body 3'"))
                    .hasSize(20);
            // the components of an SSTable stay together, and both directories get some
            for (Path data : List.of(home.resolve("dataA"), home.resolve("dataB"))) {
                List<String> names = new ArrayList<>();
                components(data.resolve("Shop"))
                        .forEach(path -> names.add(path.getParent().getFileName() + "/" + path.getFileName()));
                assertThat(names).isNotEmpty();
                long dataComponents =
                        names.stream().filter(name -> name.endsWith("-Data.db")).count();
                long tocs =
                        names.stream().filter(name -> name.endsWith("-TOC.txt")).count();
                assertThat(dataComponents).isEqualTo(tocs).isPositive();
            }
            try (Stream<Path> entries = Files.list(home.resolve("dataB"))) {
                assertThat(entries.map(path -> path.getFileName().toString()))
                        .as("local system tables live in the first directory only")
                        .doesNotContain("system_schema");
            }
        }
    }
}
