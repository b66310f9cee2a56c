package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.GoldenBucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands for clusters, as far as they get without hosts: what they refuse, and what they plan. */
final class ClusterCommandsTest {
    @TempDir
    Path directory;

    private Cli medusa;

    @BeforeEach
    void golden() throws Exception {
        Path bucket = GoldenBucket.unpack(directory);
        Path yaml = Files.writeString(directory.resolve("own.yaml"), """
            data_file_directories: [ "%1$s/data" ]
            listen_address: 127.0.0.1
            seed_provider:
              - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                parameters:
                  - seeds: "127.0.0.2:7000, 127.0.0.9"
            """.formatted(directory));
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + bucket.getParent()
                        + "\n"
                        + "bucket_name = golden\n"
                        + "fqdn = 127.0.0.1\n"
                        + "[cassandra]\n"
                        + "resolve_ip_addresses = False\n"
                        + "config_file = "
                        + yaml + "\n[ssh]\nport = 1\nhost_keys = off\n");
        FakeCassandraNode fake =
                new FakeCassandraNode(directory.resolve("data"), new NodeName("127.0.0.1"), new NodeName("127.0.0.2"));
        medusa = new Cli(ini).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private Path hosts(String... lines) throws IOException {
        return Files.writeString(directory.resolve("hosts"), String.join("\n", lines) + "\n");
    }

    @ParameterizedTest
    @CsvSource({
        "-pu 0, --parallel-uploads must be at least 1",
        "-ps 0, --parallel-snapshots must be at least 1",
        "--parallel-uploads-per-rack 0, --parallel-uploads-per-rack must be at least 1",
        "--stagger -1, --stagger must be at least 0",
        "--resume, --resume needs --backup-name",
        "--use-existing-snapshot, --use-existing-snapshot needs --backup-name",
        "--all-datacenters --datacenter dc1, --all-datacenters and --datacenter cannot be combined",
    })
    void wrongUseOfBackupClusterIsAUsageError(String options, String message) {
        String[] words = ("backup-cluster " + options).split(" ");
        Cli.Result result = medusa.run(words);
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.lastError()).isEqualTo("Error: " + message);
    }

    @ParameterizedTest
    @CsvSource({
        "-pr 0, --parallel-restores must be at least 1",
        "--seed-target x --in-place, '--seed-target, --host-list and --in-place cannot be combined'",
        "--use-import --use-sstableloader, --use-sstableloader and --use-import cannot be combined",
    })
    void wrongUseOfRestoreClusterIsAUsageError(String options, String message) {
        String[] words = ("restore-cluster --backup-name thursday " + options).split(" ");
        Cli.Result result = medusa.run(words);
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.lastError()).isEqualTo("Error: " + message);
    }

    @Test
    void whatTheRingDoesNotHaveIsNamedInOneLine() {
        Cli.Result result = medusa.run("backup-cluster", "--datacenter", "dc7");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.lastError()).isEqualTo("ERROR: no datacenter dc7 in the ring. Datacenters: dc1");
        Cli.Result tables =
                medusa.run("restore-cluster", "--backup-name", "thursday", "--in-place", "--table", "shop.users");
        assertThat(tables.status()).isEqualTo(2);
        assertThat(tables.lastError()).contains("Omit one or the other");
    }

    @Test
    void aReplicationThatIsNoneIsAUsageError() {
        Cli.Result result = medusa.run(
                "restore-cluster", "--backup-name", "thursday", "--in-place", "--dry-run", "--replication", "three");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("--replication takes a CQL map");
    }

    @Test
    void linesOfAHostListAreChecked() throws IOException {
        for (String[] bad : new String[][] {
            {"True,10.0.0.1", "line 1 of --host-list"},
            {"True,,127.0.0.1", "line 1 of --host-list"},
            {"True,10.0.0.1,127.0.0.1\nFalse,10.0.0.1,127.0.0.2", "names target 10.0.0.1 a second time"},
            {"# nobody", "names no hosts"},
            {"True,10.0.0.1,127.0.0.77", "node 127.0.0.77 has no finished backup thursday"},
        }) {
            Cli.Result result = medusa.run(
                    "restore-cluster",
                    "--backup-name",
                    "thursday",
                    "-y",
                    "--host-list",
                    hosts(bad[0]).toString());
            assertThat(result.status()).as(bad[0]).isIn(1, 2);
            assertThat(result.lastError()).contains(bad[1]);
        }
        assertThat(medusa.run("restore-cluster", "--backup-name", "thursday", "-y", "--host-list", "/nowhere")
                        .lastError())
                .contains("/nowhere");
    }

    @Test
    void aHostListIsPlannedAsItSays() throws Exception {
        Path list = hosts("# seed, target, source", "", "True,10.0.0.1,127.0.0.2", "False,10.0.0.2,127.0.0.1");
        JsonNode plan = new ObjectMapper()
                .readTree(medusa.run(
                                "restore-cluster",
                                "--backup-name",
                                "thursday",
                                "--dry-run",
                                "--output",
                                "json",
                                "--host-list",
                                list.toString())
                        .ok()
                        .out());
        assertThat(plan.path("method").asText()).isEqualTo("nodes");
        assertThat(plan.path("nodes").findValuesAsText("target")).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(plan.path("nodes").get(0).path("sources").get(0).asText()).isEqualTo("127.0.0.2");
        assertThat(plan.path("nodes").findValuesAsText("in_place")).containsExactly("false", "false");
        assertThat(plan.path("nodes").findValuesAsText("seed")).containsExactly("true", "false");
    }

    @Test
    void inPlaceNeedsNoClusterThatAnswers() {
        Cli.Result result = medusa.run("restore-cluster", "--backup-name", "thursday", "--in-place", "--dry-run");
        assertThat(result.ok().out())
                .contains("127.0.0.1  127.0.0.1  in place")
                .containsPattern("127.0.0.2  127.0.0.2 +in place +yes")
                .contains("- Node to node (as they were)");
    }

    @Test
    void B14_aHostListWithSstableloaderIsRefusedInOneLine() throws IOException {
        Path list = hosts("True,10.0.0.1,127.0.0.2");
        Cli.Result result = medusa.run(
                "restore-cluster",
                "--backup-name",
                "thursday",
                "-y",
                "--use-sstableloader",
                "--host-list",
                list.toString());
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).contains("work only for a restore node by node");
    }

    @Test
    void row11_aPasswordIsKeptFromSstableloaderBeforeAnythingIsTruncated() throws IOException {
        Path list = hosts("True,10.0.0.1,127.0.0.2");
        Path ini = directory.resolve("medusa.ini");
        Files.writeString(
                ini, Files.readString(ini).replace("[cassandra]", "[cassandra]\ncql_username = u\ncql_password = p"));
        Cli.Result result = medusa.run(
                "restore-cluster",
                "--backup-name",
                "thursday",
                "-y",
                "--use-sstableloader",
                "--host-list",
                list.toString());
        assertThat(result.err())
                .contains(
                        "WARNING: Importing into the running nodes instead of using sstableloader: cql_password is set");
    }

    @Test
    void hostsThatCannotBeReachedChangeNothingAndEndWithStatusOne() {
        Cli.Result restore = medusa.run("restore-cluster", "--backup-name", "thursday", "--in-place", "-y");
        assertThat(restore.status()).isEqualTo(1);
        assertThat(restore.err()).contains("Failed: 127.0.0.3: SSH to 127.0.0.3: ");
        assertThat(restore.lastError()).contains("Nothing has been changed on any node");
        Cli.Result backup = medusa.run("backup-cluster", "--backup-name", "friday9", "--output", "json");
        assertThat(backup.status()).isEqualTo(1);
        assertThat(backup.out()).contains("\"complete\": false").contains("\"state\": \"failed\"");
    }

    @Test
    void aBackupThatIsFinishedEverywhereIsNotBegunAgain() {
        Cli.Result result = medusa.run("backup-cluster", "--backup-name", "thursday");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).contains("backup thursday already exists and is finished on every node");
        assertThat(medusa.run("backup-cluster", "--backup-name", "nonesuch", "--resume")
                        .lastError())
                .contains("there is no backup nonesuch to resume");
    }
}
