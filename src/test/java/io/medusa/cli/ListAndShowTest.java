package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code list-backups} with its options, {@code show}, and the reasons that {@code purge --dry-run} gives. */
final class ListAndShowTest {
    private static final Pattern EPOCH = Pattern.compile("(.*_|)([0-9]{10})([._].*)");

    @TempDir
    Path directory;

    private Cli medusa;
    private FakeCassandraNode node;

    @BeforeEach
    void backups() throws IOException {
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nmax_backup_count = 2\n[cassandra]\n"
                        + "resolve_ip_addresses = False\n");
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        medusa = new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        for (int day = 4; day >= 1; day--) {
            node.sstable("shop", "orders", day, "x".repeat(1000 * day));
            backUp("daily-" + day, day);
        }
        node.failSnapshots(true);
        assertThat(medusa.run("backup", "--backup-name", "tonight").status()).isEqualTo(1);
    }

    private void backUp(String name, int daysAgo) throws IOException {
        medusa.run("backup", "--backup-name", name).ok();
        for (String index : List.of("backup_index/" + name, "stats/" + name + "/n1")) {
            try (Stream<Path> files = Files.list(directory.resolve("bucket/index/" + index))) {
                for (Path file : files.toList()) {
                    Matcher epoch = EPOCH.matcher(file.getFileName().toString());
                    if (epoch.matches()) {
                        long then = Long.parseLong(epoch.group(2))
                                - Duration.ofDays(daysAgo).toSeconds();
                        Files.move(file, file.resolveSibling(epoch.group(1) + then + epoch.group(3)));
                    }
                }
            }
        }
    }

    private List<String> names(String... options) {
        String[] all =
                Stream.concat(Stream.of("list-backups"), Stream.of(options)).toArray(String[]::new);
        return medusa.run(all)
                .ok()
                .out()
                .lines()
                .takeWhile(line -> !line.isEmpty())
                .map(line -> line.split(" ", -1)[0])
                .filter(name -> !name.equals("NAME"))
                .toList();
    }

    @Test
    void withoutOptionsThereIsOneLineForEachAsScriptsExpect() {
        String out = medusa.run("list-backups").ok().out();
        assertThat(out)
                .matches("(?s)(daily-[1-4] \\(started: [-0-9]{10} [:0-9]{8}, finished: [-0-9]{10} [:0-9]{8}\\)\n){4}"
                        + "tonight \\(started: [-0-9]{10} [:0-9]{8}, finished: Incomplete \\[0 of 1 nodes finished]\\)\n"
                        + "\nIncomplete backups found.*");
        assertThat(medusa.run("list-backups", "--output", "text").out()).isEqualTo(out);
    }

    @Test
    void eachOptionSelects() {
        assertThat(names("--last", "2")).containsExactly("daily-1", "tonight");
        assertThat(names("--name", "daily-?", "--last", "1")).containsExactly("daily-1");
        assertThat(names("--name", "*-[3]")).isEmpty();
        assertThat(names("--since", "60h", "--name", "d*")).containsExactly("daily-2", "daily-1");
        assertThat(names("--until", "60h")).containsExactly("daily-4", "daily-3");
        assertThat(names("--since", "2001-01-01", "--until", "'2001-01-02 03:04'".replace("'", "")))
                .isEmpty();
        assertThat(names("--node", "n1", "--last", "1")).containsExactly("tonight");
        assertThat(names("--node", "n2")).isEmpty();
        assertThat(names("--state", "failed")).containsExactly("tonight");
        assertThat(names("--state", "finished,damaged", "--last", "2")).containsExactly("daily-2", "daily-1");
        assertThat(names("--sort", "size", "--state", "finished").get(0)).isEqualTo("daily-1");
        assertThat(names("--sort", "new", "--output", "table").get(0)).isEqualTo("daily-4");
        assertThat(names("--sort", "name")).startsWith("daily-1").endsWith("tonight");
        assertThat(names("--sort", "state").get(0)).isEqualTo("tonight");
    }

    @Test
    void wrongValuesAreUsageErrors() {
        for (String[] wrong : new String[][] {
            {"--last", "0"},
            {"--since", "soon"},
            {"--until", "2026-13-01"},
            {"--state", "good"},
            {"--sort", "fresh"},
            {"--output", "xml"}
        }) {
            Cli.Result result = medusa.run("list-backups", wrong[0], wrong[1]);
            assertThat(result.status()).as(wrong[0]).isEqualTo(2);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).contains(wrong[0]);
        }
    }

    @Test
    void theTableTellsStateSizesAndVerification() {
        medusa.run("verify", "--backup-name", "daily-1").ok();
        List<String> lines = medusa.run("list-backups", "--output", "table", "--sizes")
                .ok()
                .out()
                .lines()
                .toList();
        assertThat(lines.get(0).split(" +", -1))
                .containsExactly(
                        "NAME",
                        "STATE",
                        "TYPE",
                        "NODES",
                        "STARTED",
                        "TOOK",
                        "SIZE",
                        "NEW",
                        "UNIQUE",
                        "AGE",
                        "VERIFIED");
        assertThat(lines.get(4)).contains("finished", "differential", "1/1", "24 hours", "exists");
        assertThat(lines.get(5)).contains("failed", "0/1", "never");
        assertThat(lines).hasSize(6);
    }

    @Test
    void aBackupThatNeverBeganIsToldBelowTheTable() throws IOException {
        Path records = directory.resolve("bucket/index/runs/n1");
        Files.copy(records.resolve("tonight.json"), records.resolve("lost.json"));
        Cli.Result table = medusa.run("list-backups", "--output", "table").ok();
        assertThat(table.err()).contains("Backup lost never began on node n1: failed at ");
        Cli.Result status = medusa.run("status", "--backup-name", "lost");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.err()).contains("No such backup: lost", "Node n1 failed at ", "(cassandra_failed)");
    }

    @Test
    void showTellsEverything() throws IOException {
        medusa.run("pin", "daily-4", "--reason", "audit").ok();
        String shown = medusa.run("show", "daily-4").ok().out();
        assertThat(shown)
                .contains("- State:     finished, 1 of 1 node finished")
                .contains("- Verified:  never")
                .contains("- Pinned:    audit")
                .contains("- Retention: kept: pinned: audit")
                .contains("shop.orders")
                .contains("  medusa verify --backup-name daily-4 --level content");
        assertThat(medusa.run("show", "daily-3").ok().out())
                .contains("- Retention: the next purge deletes it: not among the newest 2 (max_backup_count)");
        assertThat(medusa.run("show", "tonight").ok().out())
                .contains("- State:     failed, 0 of 1 node finished")
                .contains("- Node n1: failed at ")
                .contains("  medusa backup-cluster --resume --backup-name tonight")
                .doesNotContain("restore");
        JsonNode json = new JsonMapper()
                .readTree(medusa.run("show", "daily-4", "--output", "json").ok().out());
        assertThat(json.path("state").asText()).isEqualTo("finished");
        assertThat(json.path("node_states").path("n1").asText()).isEqualTo("finished");
        assertThat(json.path("tables").get(0).path("table").asText()).isEqualTo("shop.orders");
        assertThat(json.path("size_new").asLong()).isEqualTo(json.path("size").asLong());
        assertThat(json.path("retention").path("expires").asBoolean(true)).isFalse();
        assertThat(json.path("commands").path("restore_node").asText())
                .isEqualTo("medusa restore-node --backup-name daily-4 --dry-run");
        Cli.Result unknown = medusa.run("show", "daily");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.lastError()).contains("No such backup: daily", "Did you mean daily-1?");
    }

    @Test
    void aDryRunOfAPurgeGivesItsReasons() throws IOException {
        medusa.run("pin", "daily-4", "--reason", "audit").ok();
        Cli.Result dry = medusa.run("purge", "--dry-run", "--output", "json").ok();
        assertThat(dry.err())
                .containsPattern("Would delete backup daily-3 of node n1, started [-0-9: ]{19}:"
                        + " not among the newest 2 \\(max_backup_count\\)")
                .containsPattern("Would keep backup daily-4 of node n1, started [-0-9: ]{19}: pinned: audit")
                .containsPattern("Would keep backup daily-1 .*: among the newest 2 \\(max_backup_count\\)")
                .containsPattern("Would keep backup tonight .*: unfinished, not older than");
        JsonNode verdicts = new JsonMapper().readTree(dry.out()).path("verdicts");
        assertThat(verdicts).hasSize(5);
        assertThat(verdicts.get(1).path("expires").asBoolean()).isTrue();
        assertThat(medusa.run("purge").ok().err()).doesNotContain("Would keep");
    }
}
