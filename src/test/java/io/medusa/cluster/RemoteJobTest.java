package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job's commands, run by a shell as a host runs them, with the program {@code medusa-wrapper}. */
final class RemoteJobTest {
    private static final int SIGTERM = 143;

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();
    private RemoteJob job;

    @BeforeEach
    void create() {
        job = RemoteJob.of(directory, "a backup");
    }

    @AfterEach
    void end() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    private Process start(String command) throws IOException {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        shell.environment()
                .merge("PATH", Path.of("src/main/dist/bin").toAbsolutePath().toString(), (old, own) -> own + ":" + old);
        Process process = shell.start();
        process.getOutputStream().close();
        started.add(process);
        return process;
    }

    private String run(String command) throws Exception {
        Process process = start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.strip();
    }

    private Path file(String name) {
        return Path.of(job.directory(), name);
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private void await(String file) throws Exception {
        for (int i = 0; !(Files.exists(file(file)) && Files.size(file(file)) > 0); i++) {
            assertThat(i).as(file).isLessThan(600);
            Thread.sleep(100);
        }
    }

    @Test
    void theSameJobHasTheSameDirectory() {
        assertThat(RemoteJob.of(directory, "a backup")).isEqualTo(job);
        assertThat(RemoteJob.of(directory, "another")).isNotEqualTo(job);
    }

    @Test
    void stopsWhatRuns() throws Exception {
        Process running = start(job.run("sleep 600"));
        await("pid");
        assertThat(run(job.end())).isEmpty();
        assertThat(status(running)).isEqualTo(SIGTERM);
        assertThat(Path.of(job.directory())).doesNotExist();
    }

    @Test
    void stopsWhatHasNotBegun() throws Exception {
        assertThat(run(job.end())).isEmpty();
        assertThat(status(start(job.run("touch begun")))).isEqualTo(SIGTERM);
        assertThat(file("begun")).doesNotExist();
    }

    @Test
    void stopsWhatIsBeginning() throws Exception {
        // claimed, but its number is not known yet
        Process claimed = start("mkdir -p " + job.directory() + "; cd " + job.directory()
                + "; trap 'echo 143 >status; exit 143' TERM; echo $$ >claim; while :; do sleep 0.1; done");
        await("claim");
        assertThat(run(job.end())).isEmpty();
        assertThat(status(claimed)).isEqualTo(SIGTERM);
    }

    @Test
    void theNextRunForgetsThatOneWasStopped() throws Exception {
        run(job.end());
        assertThat(run(job.look())).isEqualTo("ran");
        assertThat(status(start(job.run("true")))).isZero();
    }

    @Test
    void stopsNoStrangerWithTheNumberOfAnEarlierJob() throws Exception {
        Process stranger = start("cd / && exec sleep 600");
        Files.createDirectories(Path.of(job.directory()));
        Files.writeString(file("pid"), String.valueOf(stranger.pid()));
        assertThat(run(job.end())).isEmpty();
        assertThat(stranger.isAlive()).isTrue();
        assertThat(Path.of(job.directory())).doesNotExist();
    }
}
