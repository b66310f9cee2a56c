package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.medusa.testing.Cli;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File systems that are full or read-only, made in a mount namespace of the test's own. */
final class FullDiskIT {
    private static final Path MEDUSA = Path.of("target/medusa/bin/medusa").toAbsolutePath();

    @TempDir
    Path directory;

    private RealNode node;
    private Path ini;

    private record Outcome(int status, String output) {
        String lastLine() {
            List<String> lines = output.strip().lines().toList();
            return lines.get(lines.size() - 1);
        }
    }

    @BeforeEach
    void namespaces() throws Exception {
        boolean possible = sh("unshare -rm true").status() == 0;
        if (!possible && System.getenv("CI") != null) {
            throw new AssertionError("CI cannot make mount namespaces, so that full disks would go untested");
        }
        assumeTrue(possible, "this machine does not allow mount namespaces (unshare -rm)");
        node = SharedNode.get();
        ini = node.medusaIni(directory.resolve("medusa.ini"), directory, "bucket");
        Files.createDirectories(directory.resolve("bucket"));
    }

    private Outcome sh(String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        builder.environment().put("TMPDIR", directory.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    private Outcome mounted(String mounts, String arguments) throws IOException, InterruptedException {
        Path script = Files.writeString(
                directory.resolve("mounted.sh"),
                mounts + "\nexec '" + MEDUSA + "' --config-file '" + ini + "' " + arguments + "\n");
        return sh("unshare -rm sh '" + script + "'");
    }

    @Test
    void aFullBucket() throws Exception {
        Outcome full = mounted(
                "mount -t tmpfs -o size=64k tmpfs '" + directory.resolve("bucket") + "'", "backup --backup-name full");
        assertThat(full.status()).as(full.output()).isEqualTo(1);
        assertThat(full.lastLine()).contains("no space left on its file system");
        assertThat(full.output()).doesNotContain("\tat ");
        assertThat(node.hasSnapshot("medusa-full"))
                .as("the snapshot is cleared")
                .isFalse();
        // with room again, the same name
        new Cli(ini)
                .with("TMPDIR", directory.toString())
                .run("backup", "--backup-name", "full")
                .ok();
    }

    @Test
    void aReadOnlyBucketCanBeListedAndVerifiedButNotWritten() throws Exception {
        new Cli(ini)
                .with("TMPDIR", directory.toString())
                .run("backup", "--backup-name", "one")
                .ok();
        String readOnly = "mount --bind '" + directory.resolve("bucket") + "' '" + directory.resolve("bucket")
                + "' && mount -o remount,ro,bind '" + directory.resolve("bucket") + "'";
        Outcome backup = mounted(readOnly, "backup --backup-name two");
        assertThat(backup.status()).as(backup.output()).isEqualTo(1);
        assertThat(backup.lastLine()).contains("the file system is mounted read-only");
        assertThat(mounted(readOnly, "list-backups").status()).isZero();
        assertThat(mounted(readOnly, "verify --backup-name one").status()).isZero();
    }

    @Test
    void noRoomForStagingIsKnownBeforeAnythingStarts() throws Exception {
        new Cli(ini)
                .with("TMPDIR", directory.toString())
                .run("backup", "--backup-name", "one")
                .ok();
        Path data = node.directory().resolve("data");
        Outcome restore = mounted("mount -t tmpfs -o size=64k tmpfs '" + data + "'", "restore-node --backup-name one");
        assertThat(restore.status()).as(restore.output()).isEqualTo(1);
        assertThat(restore.lastLine()).contains(" free, but the restore needs ").contains("Nothing was downloaded");
        assertThat(node.isRunning()).isTrue();
    }
}
