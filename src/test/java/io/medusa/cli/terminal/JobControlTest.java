package io.medusa.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.medusa.model.NodeName;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.StandInMedusa;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup in an interactive shell on a pseudo terminal: stopped, in the background, in the foreground again, with outputs elsewhere. */
final class JobControlTest {
    @TempDir
    Path directory;

    private static boolean isThere(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
    }

    @Test
    void progressIsSafeInTheBackground() throws Exception {
        boolean possible = isThere("python3") && isThere("bash") && Files.isDirectory(Path.of("/proc/self"));
        if (!possible && System.getenv("CI") != null) {
            throw new AssertionError("CI has no python3 and bash, so that job control would go untested");
        }
        assumeTrue(
                possible, "SKIPPED: this machine has no python3 and bash to work with a pseudo terminal; CI has them");
        prepare();
        Process script = new ProcessBuilder(
                        "python3", directory.resolve("terminal.py").toString(), directory.toString())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(script.waitFor()).as(said).isZero();
        assertThat(said).contains("the backup is finished", "NO_COLOR");
    }

    private void prepare() throws IOException {
        try (InputStream script = Objects.requireNonNull(getClass().getResourceAsStream("/terminal.py"))) {
            Files.copy(script, directory.resolve("terminal.py"));
        }
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\ntransfer_max_bandwidth = 600KB/s\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n");
        Path data = directory.resolve("data");
        FakeCassandraNode node = new FakeCassandraNode(data, new NodeName("n1"));
        for (int generation = 1; generation <= 12; generation++) {
            node.sstable("ks", "t", generation, ("rows " + generation).repeat(8_000));
        }
        String classes = Stream.of(System.getProperty("java.class.path").split(":", -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(":"));
        // as bin/medusa starts it
        Path program = Files.writeString(
                directory.resolve("m"),
                "#!/bin/sh\nterminals=\nfor fd in 0 1 2; do [ ! -t $fd ] || terminals=$terminals$fd; done\n"
                        + "export TMPDIR=" + directory + "\nexec '"
                        + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dmedusa.terminals=$terminals -cp '"
                        + classes + "' " + StandInMedusa.class.getName() + " " + data
                        + " n1 ks.t --config-file " + ini + " \"$@\"\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }
}
