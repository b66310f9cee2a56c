package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What destroys data asks at a terminal, with what and how much; scripts of the Python Medusa are not asked. */
final class ConfirmationTest {
    @TempDir
    Path directory;

    private Path ini;
    private FakeCassandraNode fake;

    @BeforeEach
    void aNode() throws IOException {
        Path yaml = Files.writeString(
                directory.resolve("own.yaml"),
                "data_file_directories: [ \"" + Files.createDirectory(directory.resolve("data"))
                        + "\" ]\nlisten_address: 127.0.0.1\n");
        ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nmax_backup_count = 1\n"
                        + "backup_grace_period_in_days = 0\n[cassandra]\nresolve_ip_addresses = False\nconfig_file = "
                        + yaml + "\nnodetool_port = 1\n");
        fake = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        fake.sstable("ks", "t", 1, "rows");
    }

    private Cli cli() {
        return new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return fake.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private Cli.Result answered(String answer, String... command) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8)));
        try {
            return cli().atTerminal().run(command);
        } finally {
            System.setIn(before);
        }
    }

    private void backUp(String name) {
        cli().run("backup", "--backup-name", name).ok();
    }

    private boolean exists(String name) {
        return Files.exists(directory.resolve("bucket/n1/" + name + "/meta/manifest.json"));
    }

    @Test
    void deletingABackupAsksWithWhatAndHowMuch() {
        backUp("one");
        Cli.Result no = answered("n\n", "delete-backup", "--backup-name", "one");
        assertThat(no.status()).isEqualTo(1);
        assertThat(no.err())
                .containsPattern(
                        "Delete backup one of 1 node \\(\\d+ objects, [0-9.]+ KB that no other backup needs\\)\\?"
                                + " \\[y/N\\] ");
        assertThat(no.lastError()).endsWith("ERROR: not confirmed; nothing was changed");
        assertThat(exists("one")).isTrue();
        assertThat(answered("", "delete-backup", "--backup-name", "one").lastError())
                .contains("there was no answer");
        assertThat(exists("one")).isTrue();
        assertThat(answered("", "delete-backup", "--backup-name", "one", "--dry-run")
                        .ok()
                        .err())
                .doesNotContain("[y/N]");
        answered("y\n", "delete-backup", "--backup-name", "one").ok();
        assertThat(exists("one")).isFalse();
        backUp("two");
        assertThat(answered("", "delete-backup", "--backup-name", "two", "--yes")
                        .ok()
                        .err())
                .doesNotContain("[y/N]");
    }

    @Test
    void withoutATerminalScriptsOfTheReferenceKeepWorking() {
        backUp("one");
        cli().run("delete-backup", "--backup-name", "one").ok();
        assertThat(exists("one")).isFalse();
    }

    @Test
    void onlyAPurgeOfMoreThanUsualAsks() {
        backUp("b0");
        backUp("b1");
        assertThat(answered("", "purge").ok().err()).doesNotContain("[y/N]");
        for (int i = 2; i < 11; i++) {
            backUp("b" + i);
        }
        Cli.Result no = answered("n\n", "purge");
        assertThat(no.status()).isEqualTo(1);
        assertThat(no.err()).contains("Delete 9 backups of 1 node (", "? That is more than usual. [y/N] ");
        assertThat(exists("b1")).isTrue();
        answered("y\n", "purge").ok();
        assertThat(exists("b1")).isFalse();
        assertThat(exists("b10")).isTrue();
    }

    @Test
    void interruptedRestoresCanBeGivenUp() throws IOException {
        Path staged = Files.createDirectories(directory.resolve(".medusa-data/restore-one/new/ks/t"));
        Files.writeString(staged.resolve("nb-1-big-Data.db"), "x".repeat(2048));
        Files.createDirectories(directory.resolve(".medusa-data/import-two/new"));
        backUp("one");
        assertThat(cli().run("status", "--backup-name", "one").ok().err())
                .contains("Interrupted restores have staged 2.00 KB on this node");
        Cli.Result alone = cli().run("restore-node", "--abort");
        assertThat(alone.status()).isEqualTo(1);
        assertThat(alone.lastError())
                .isEqualTo("ERROR: removing what interrupted restores have staged needs confirmation, and there is no"
                        + " terminal; nothing was changed. Add --yes");
        assertThat(cli().run("restore-node", "--abort", "--dry-run").ok().out())
                .isEqualTo("Would remove import-two, 0.00 B\nWould remove restore-one, 2.00 KB\n");
        Cli.Result no = answered("n\n", "restore-node", "--abort");
        assertThat(no.err()).contains("Remove what 2 interrupted restores staged (2.00 KB)? ");
        assertThat(staged).exists();
        assertThat(cli().run("restore-node", "--abort", "--yes").ok().err()).contains("Removed restore-one, 2.00 KB");
        assertThat(directory.resolve(".medusa-data")).doesNotExist();
        assertThat(directory.resolve("data/ks")).isDirectory();
        assertThat(cli().run("restore-node", "--abort", "--yes").ok().err())
                .contains("No interrupted restore has staged anything on this node");
    }
}
