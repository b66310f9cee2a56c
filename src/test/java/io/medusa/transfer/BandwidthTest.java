package io.medusa.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BandwidthTest {
    /** Passes by what is slept. */
    private static final class Slept implements Bandwidth.Time {
        private final AtomicLong nanos = new AtomicLong();

        @Override
        public long nanos() {
            return nanos.get();
        }

        @Override
        public void sleep(long pause) {
            nanos.addAndGet(pause);
        }

        Duration passed() {
            return Duration.ofNanos(nanos.get());
        }
    }

    private static void move(Bandwidth bandwidth, int threads, int pieces, long bytes) {
        new TransferPool(threads, false, Progress.NONE)
                .mapAll("Moving", IntStream.range(0, pieces).boxed().toList(), any -> bytes, any -> {
                    bandwidth.take(bytes);
                    return true;
                });
    }

    @Test
    void whatMovesTakesTheTimeThatTheLimitGivesIt() {
        Slept time = new Slept();
        move(new Bandwidth(OptionalLong.of(1_000_000), time), 1, 50, 10_000);
        // 500 KB at 1 MB/s, but that the first piece goes at once and nobody waits after the last
        assertThat(time.passed()).isBetween(Duration.ofMillis(475), Duration.ofMillis(500));
    }

    /** Time passes faster here if several wait at once. */
    @Test
    void allThreadsTogetherMoveNoMoreThanTheLimit() {
        Slept time = new Slept();
        move(new Bandwidth(OptionalLong.of(1_000_000), time), 8, 50, 10_000);
        assertThat(time.passed()).isGreaterThan(Duration.ofMillis(350));
    }

    @Test
    void countsWhatItLetsThrough() {
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty());
        move(bandwidth, 4, 10, 7);
        assertThat(bandwidth.moved()).isEqualTo(70);
    }

    /** So much that it takes a day to make up for. */
    private static void spend(Bandwidth bandwidth) {
        bandwidth.take(1_000_000);
    }

    /** Would take a day otherwise. */
    @Test
    void aLimitThatIsRaisedLetsGoWhoWaits() throws InterruptedException {
        Bandwidth bandwidth = new Bandwidth(OptionalLong.of(10));
        spend(bandwidth);
        Thread waiting = new Thread(() -> bandwidth.take(1));
        waiting.start();
        bandwidth.limit(OptionalLong.of(1L << 40));
        waiting.join(60_000);
        assertThat(waiting.isAlive()).isFalse();
    }

    @Test
    void whoIsInterruptedWaitsNoLonger() {
        Bandwidth bandwidth = new Bandwidth(OptionalLong.of(10));
        spend(bandwidth);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> bandwidth.take(1)).isInstanceOf(MedusaException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aPaceMovesNoFasterThanItTakes() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        Slept time = new Slept();
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty(), time);
        Pace pace = new Pace(Progress.NONE, "Uploading", bandwidth, now.plusSeconds(100), clock);
        try (Progress.Task task = pace.start("Uploading", 1, 950_000_000)) {
            move(bandwidth, 1, 10, 1_000_000);
            assertThat(time.passed())
                    .as("ten megabytes at ten a second")
                    .isBetween(Duration.ofMillis(890), Duration.ofMillis(1000));
            task.done();
        }
        Duration before = time.passed();
        move(bandwidth, 4, 1000, 1_000_000_000);
        assertThat(time.passed()).as("no pace any more").isEqualTo(before);
    }

    @Test
    void otherWorkIsNotPaced() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty());
        List<Long> moved = new ArrayList<>();
        Progress seen = (what, files, bytes) -> new Progress.Task() {
            @Override
            public void moved(long more) {
                moved.add(more);
            }

            @Override
            public void done() {}

            @Override
            public void close() {}
        };
        Pace pace = new Pace(seen, "Uploading", bandwidth, now.plusSeconds(100_000), Clock.fixed(now, ZoneOffset.UTC));
        try (Progress.Task task = pace.start("Comparing", 1, 10)) {
            task.moved(4);
            // at the pace of an upload these would take years
            bandwidth.take(1_000_000_000);
            bandwidth.take(1_000_000_000);
        }
        assertThat(moved).containsExactly(4L);
    }

    /** What is moved in a second grows with the number of those who move it, whatever else the machine does. */
    @Test
    void concurrencyGrowsWhileItPaysAndShrinksWhenTheStoreAsks() throws InterruptedException {
        AtomicLong throttled = new AtomicLong();
        AtomicLong nanos = new AtomicLong(1);
        Concurrency concurrency = Concurrency.automatic(64, throttled::get, nanos::get);
        Concurrency.Gate gate = concurrency.gate();
        int first = concurrency.limit();
        for (int i = 0; i < 3000; i++) {
            gate.enter();
            nanos.addAndGet(Duration.ofMillis(100).toNanos() / concurrency.limit());
            gate.leave(0);
        }
        int grown = concurrency.limit();
        assertThat(grown).isGreaterThan(first);
        for (int i = 0; i < 3000; i++) {
            gate.enter();
            nanos.addAndGet(Duration.ofMillis(100).toNanos() / concurrency.limit());
            throttled.incrementAndGet();
            gate.leave(0);
        }
        assertThat(concurrency.limit()).isEqualTo(1);
    }
}
