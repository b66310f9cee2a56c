package io.medusa.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.medusa.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Searches for an order of storage calls in which backups, purges and deletions of one node, all at once, do harm: a sample from the
 * build's seed. {@code dev/simulation/run} searches longer.
 */
final class SimulationTest {
    private static final int THREADS = 3;
    private static final String RUNS = "medusa.simulation.runs";
    private static final String SEED = "medusa.simulation.seed";

    @TempDir
    Path directory;

    private final Logger logger = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private Level before;

    @BeforeEach
    void silence() {
        before = logger.getLevel();
        logger.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        logger.setLevel(before);
    }

    /** What all runs together came upon. */
    private static final class Sums {
        private final Set<Long> orders = ConcurrentHashMap.newKeySet();
        private final AtomicLong runs = new AtomicLong();
        private final AtomicLong succeeded = new AtomicLong();
        private final AtomicLong deleted = new AtomicLong();
        private final AtomicLong crashed = new AtomicLong();

        void add(Simulation.Outcome outcome) {
            runs.incrementAndGet();
            orders.add(outcome.path());
            succeeded.addAndGet(outcome.succeeded());
            deleted.addAndGet(outcome.deleted());
            crashed.addAndGet(outcome.crashed());
        }
    }

    @Test
    void D14_D15_D17_noOrderOfCallsHarmsAFinishedBackup() throws Exception {
        long first = Long.getLong(SEED, Seeds.ofThisBuild() * 1_000_000);
        long most = Long.getLong(RUNS, 2_000);
        Sums sums = new Sums();
        AtomicLong next = new AtomicLong();
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Long>> searches = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Path own = fast("search" + i);
                searches.add(() -> search(new Simulation(own), first, most, next, sums));
            }
            for (Future<Long> search : executor.invokeAll(searches)) {
                search.get();
            }
        } finally {
            executor.shutdownNow();
        }
        System.err.printf(
                "%d runs from seed %d, %d different orders of calls; %d processes succeeded, %d died, %d backups deleted%n",
                sums.runs.get(),
                first,
                sums.orders.size(),
                sums.succeeded.get(),
                sums.crashed.get(),
                sums.deleted.get());
        assertThat(sums.succeeded.get()).as("the runs do something").isGreaterThan(sums.runs.get());
        assertThat(sums.deleted.get()).isGreaterThan(sums.runs.get() / 10);
        assertThat(sums.crashed.get()).isGreaterThan(sums.runs.get() / 10);
    }

    private static long search(Simulation simulation, long first, long most, AtomicLong next, Sums sums)
            throws IOException {
        long runs = 0;
        for (long i = next.getAndIncrement(); i < most; i = next.getAndIncrement()) {
            Simulation.Outcome outcome = simulation.run(first + i);
            assertThat(outcome.violations()).as("seed " + (first + i)).isEmpty();
            sums.add(outcome);
            runs++;
        }
        return runs;
    }

    /** In memory where the machine has such a place. */
    private Path fast(String name) throws IOException {
        Path memory = Path.of("/dev/shm");
        if (!Files.isWritable(memory)) {
            return Files.createDirectories(directory.resolve(name));
        }
        Path own = Files.createTempDirectory(memory, "medusa-" + name);
        toDelete.add(own);
        return own;
    }

    private final List<Path> toDelete = new ArrayList<>();

    @AfterEach
    void tidy() throws IOException {
        for (Path tree : toDelete) {
            try (var paths = Files.walk(tree)) {
                for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    /** With a mend taken out, the search finds what that is for. */
    @ParameterizedTest
    @CsvSource({
        "OVERWRITING, is not what its node had",
        "NO_EXCLUSION, has the schema",
        "PINS_SEEN_ONCE, the pinned backup"
    })
    void whatIsMendedIsFoundWithoutTheMend(World.Mutation mutation, String violation) throws IOException {
        Simulation simulation = new Simulation(fast("mutation"));
        int most = 20_000;
        long seed = 0;
        while (seed < most
                && simulation.run(seed, mutation).violations().stream().noneMatch(found -> found.contains(violation))) {
            seed++;
        }
        assertThat(seed).as("runs until it is found").isLessThan(most);
        System.err.printf("%s: found by run %d%n", mutation, seed);
    }

    @Test
    void D1_D14_D20_theReferencesAlgorithmIsFoundToLoseData() {
        Set<String> found = new HashSet<>();
        for (long seed = 0; seed < 300; seed++) {
            found.addAll(ReferenceModel.run(seed));
        }
        assertThat(found)
                .containsExactlyInAnyOrder(
                        "another backup was deleted",
                        "a finished backup lost an object",
                        "a finished backup has other content");
    }
}
