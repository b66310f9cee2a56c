package io.medusa.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SimulationTest {
    @TempDir
    Path directory;

    @Test
    void quick() throws Exception {
        ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("ROOT"))
                .setLevel(ch.qos.logback.classic.Level.OFF);
        Simulation simulation = new Simulation(java.nio.file.Files.createTempDirectory(Path.of("/dev/shm"), "sim"));
        long began = System.nanoTime();
        int runs = Integer.getInteger("runs", 2000);
        int[] sums = new int[3];
        java.util.HashSet<Long> paths = new java.util.HashSet<>();
        for (int seed = Integer.getInteger("from", 0); seed < runs; seed++) {
            Simulation.Outcome outcome = simulation.run(seed);
            assertThat(outcome.violations()).as("seed " + seed).isEmpty();
            sums[0] += outcome.finished();
            sums[1] += outcome.deleted();
            sums[2] += outcome.crashed();
            paths.add(outcome.path());
        }
        System.err.println(runs + " runs, " + paths.size() + " paths, finished " + sums[0] + " deleted " + sums[1]
                + " crashed " + sums[2] + " in " + (System.nanoTime() - began) / 1e9 + " s");
    }
}
