package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.JsonSchemas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What commands print with {@code --output json} against {@code docs/schemas}; {@link Cli} does the same for every other test. */
final class JsonSchemasTest {
    /** As the Python Medusa prints them. */
    private static final Set<String> WITHOUT_VERSION = Set.of("list-backups", "status", "fetch-tokenmap");

    @TempDir
    Path directory;

    private final List<String> problems = new ArrayList<>();

    @Test
    void everyCommandWithJsonHasASchema() {
        for (CommandLine command : Set.copyOf(
                new MedusaCommand(Map.of()).commandLine().getSubcommands().values())) {
            boolean forPeople = !command.getCommandSpec().usageMessage().hidden();
            if (forPeople && command.getCommandSpec().optionsMap().containsKey("--output")) {
                assertThat(JsonSchemas.knows(command.getCommandName()))
                        .as("docs/schemas has %s", command.getCommandName())
                        .isTrue();
            }
        }
    }

    @Test
    void everyFieldIsDocumentedAndThereIsAVersion() throws IOException {
        Path yaml = Files.writeString(
                directory.resolve("own.yaml"),
                "data_file_directories: [ \"" + Files.createDirectory(directory.resolve("data"))
                        + "\" ]\nlisten_address: 127.0.0.1\n");
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nmax_backup_count = 1\n"
                        + "backup_grace_period_in_days = 0\n[cassandra]\nresolve_ip_addresses = False\nconfig_file = "
                        + yaml + "\nnodetool_port = 1\n");
        Files.createDirectories(directory.resolve(".medusa-data/restore-one/new"));
        FakeCassandraNode fake = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        fake.sstable("ks", "t", 1, "rows");
        Cli medusa = new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        String target = Files.createDirectory(directory.resolve("target")).toString();
        for (String words : List.of(
                "backup --backup-name one --dry-run",
                "backup --backup-name one",
                "backup --backup-name one",
                "list-backups",
                "status --backup-name one",
                "status --backup-name none",
                "show one",
                "verify --backup-name one",
                "verify --all",
                "fetch-tokenmap --backup-name one",
                "report-last-backup",
                "get-last-complete-cluster-backup",
                "backup-cluster --backup-name two --dry-run",
                "build-index",
                "pin one --reason why",
                "list-backups",
                "unpin one",
                "download --backup-name one --download-destination " + target,
                "doctor --storage-only",
                "report --html " + directory.resolve("report.html"),
                "config show",
                "config check",
                "clear-snapshots",
                "clear-uploads",
                "restore-node --abort --dry-run",
                "restore-node --backup-name none",
                "backup --backup-name two",
                "purge --dry-run",
                "purge",
                "delete-backup --backup-name two --dry-run",
                "delete-backup --backup-name two",
                "purge-decommissioned",
                "verify --frob")) {
            check(medusa, words);
        }
        assertThat(problems).isEmpty();
    }

    private void check(Cli medusa, String words) {
        String[] command = (words + " --output json").split(" ");
        Cli.Result result = medusa.run(command);
        assertThat(result.out()).as(words + "\n" + result.err()).endsWith("\n").hasLineCount(1);
        JsonSchemas.strict()
                .problems(command[0], result.out())
                .forEach(problem -> problems.add(words + ": " + problem + "\n" + result.out()));
        boolean versioned =
                !WITHOUT_VERSION.contains(command[0]) || result.out().contains("\"exit_status\"");
        if (result.out().contains("\"version\": 1") != versioned) {
            problems.add(words + (versioned ? " has no version\n" : " has a version\n") + result.out());
        }
    }
}
