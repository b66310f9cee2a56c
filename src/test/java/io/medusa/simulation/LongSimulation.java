package io.medusa.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * The search of {@link SimulationTest} for as many runs as are asked for, one after the other, so that it can be left alone for hours. It
 * says how far it is, notes that in a file, and goes on from there when it is started again. {@code dev/simulation/run} starts it.
 */
final class LongSimulation {
    private static final int REPORT_EVERY = 10_000;
    private static final int MOST_VIOLATIONS = 20;

    private LongSimulation() {}

    /** @param arguments how many runs, the first seed, and the file that notes how far it is */
    public static void main(String[] arguments) throws IOException {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        long runs = Long.parseLong(arguments[0]);
        long first = Long.parseLong(arguments[1]);
        Path noted = Path.of(arguments[2]);
        long next = Files.exists(noted) ? Long.parseLong(Files.readString(noted).strip()) : first;
        Path memory = Path.of("/dev/shm");
        Path own = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "medusa-simulation")
                : Files.createTempDirectory("medusa-simulation");
        int violations = 0;
        try {
            violations = search(new Simulation(own), next, first + runs, noted);
        } finally {
            try (Stream<Path> all = Files.walk(own)) {
                for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
        System.out.println(violations == 0 ? "CLEAN" : "VIOLATIONS: " + violations);
        System.exit(violations == 0 ? 0 : 1);
    }

    private static int search(Simulation simulation, long next, long end, Path noted) throws IOException {
        long began = System.nanoTime();
        int violations = 0;
        for (long seed = next; seed < end && violations < MOST_VIOLATIONS; seed++) {
            Simulation.Outcome outcome = simulation.run(seed);
            if (!outcome.violations().isEmpty()) {
                violations++;
                System.out.println("seed " + seed + ": " + outcome.violations());
            }
            long done = seed + 1 - next;
            if (done % REPORT_EVERY == 0) {
                Files.writeString(noted, String.valueOf(seed + 1));
                System.out.printf(
                        "%s seed %d, %d runs to go, %.0f/s, %d violations%n",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        seed + 1,
                        end - seed - 1,
                        done * 1e9 / (System.nanoTime() - began),
                        violations);
            }
        }
        return violations;
    }
}
