package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.GoldenBucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code --dry-run} and {@code --yes}: every command that changes something has them, and a dry run changes nothing. */
final class DryRunTest {
    /** Commands that change neither a node nor a backup. */
    private static final Set<String> READ_ONLY = Set.of(
            "list-backups",
            "status",
            "verify",
            "report",
            "report-last-backup",
            "get-last-complete-cluster-backup",
            "fetch-tokenmap",
            "doctor",
            "server",
            "help",
            "version",
            "config",
            "show",
            "health");

    /** The stand-in for the node writes its configuration again. */
    private static final Set<String> OF_THE_TEST = Set.of("medusa.log", "cassandra.yaml");

    @TempDir
    Path directory;

    private FakeCassandraNode fake;
    private Cli medusa;

    @BeforeEach
    void golden() throws Exception {
        Path bucket = GoldenBucket.unpack(directory);
        Path yaml = Files.writeString(
                directory.resolve("own.yaml"),
                "data_file_directories: [ \"" + directory + "/data\" ]\nlisten_address: 127.0.0.1\n");
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + bucket.getParent()
                        + "\nbucket_name = golden\nfqdn = 127.0.0.1\nmax_backup_count = 1\n[cassandra]\n"
                        + "resolve_ip_addresses = False\nconfig_file = " + yaml + "\n[ssh]\nport = 1\n");
        fake = new FakeCassandraNode(directory.resolve("data"), new NodeName("127.0.0.1"), new NodeName("127.0.0.2"));
        Files.createDirectory(directory.resolve("empty"));
        Files.createDirectories(directory.resolve("data"));
        medusa = new Cli(ini).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    @Test
    void everyCommandThatChangesSomethingHasBoth() {
        for (CommandLine command : Set.copyOf(
                new MedusaCommand(Map.of()).commandLine().getSubcommands().values())) {
            if (!READ_ONLY.contains(command.getCommandName())) {
                assertThat(command.getCommandSpec().optionsMap().keySet())
                        .as(command.getCommandName())
                        .contains("--dry-run", "--yes", "-y");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "backup --backup-name new, dry run: nothing is uploaded",
        "backup-cluster --backup-name new, 127.0.0.2  back up",
        "backup-cluster --backup-name friday, 127.0.0.1  finished already",
        "backup-cluster --backup-name new --output json, '\"dry_run\": true'",
        "pin monday --reason why, Would pin backup monday",
        "take-snapshot --backup-name new, Would take snapshot medusa-new",
        "build-index, Would index",
        "purge, Would delete backup",
        "delete-backup --backup-name monday, Would delete backup monday",
        "purge-decommissioned, Would delete backup",
        "clear-snapshots, No backup snapshots",
        "clear-uploads, No incomplete multipart uploads",
        "download --backup-name monday --download-destination EMPTY, Would download",
    })
    void nothingIsChangedByAByte(String words, String said) throws IOException {
        Map<String, String> before = files();
        String[] command = Stream.concat(
                        Arrays.stream(words.replace(
                                        "EMPTY", directory.resolve("empty").toString())
                                .split(" ")),
                        Stream.of("--dry-run", "--yes"))
                .toArray(String[]::new);
        Cli.Result result = medusa.run(command).ok();
        assertThat(result.out() + result.err()).contains(said);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void whatIsPinnedWouldBeUnpinned() throws IOException {
        assertThat(medusa.run("unpin", "monday", "--dry-run").status()).isEqualTo(1);
        medusa.run("pin", "monday", "--yes").ok();
        Map<String, String> pinned = files();
        assertThat(medusa.run("unpin", "monday", "--dry-run").ok().out()).contains("Would unpin backup monday");
        assertThat(files()).isEqualTo(pinned);
        assertThat(medusa.run("pin", "mundey", "--dry-run").status()).isEqualTo(1);
    }

    /** Everything below the directory: content and time of each file. */
    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.filter(
                            file -> !OF_THE_TEST.contains(file.getFileName().toString()))
                    .toList()) {
                files.put(
                        path.toString(),
                        Files.isDirectory(path)
                                ? ""
                                : Files.getLastModifiedTime(path) + " " + Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return files;
    }
}
