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
    /** Nanoseconds that it takes to be let through with so many pieces, by so many threads. */
    private static long moving(Bandwidth bandwidth, int threads, int pieces, long bytes) {
        long began = System.nanoTime();
        new TransferPool(threads, false, Progress.NONE)
                .mapAll("Moving", IntStream.range(0, pieces).boxed().toList(), any -> bytes, any -> {
                    bandwidth.take(bytes);
                    return true;
                });
        return System.nanoTime() - began;
    }

    @Test
    void allThreadsTogetherMoveNoMoreThanTheLimit() {
        // 50 pieces of 10 KB at 1 MB/s take half a second, less what the burst gives and the last piece
        long nanos = moving(new Bandwidth(OptionalLong.of(1_000_000)), 8, 50, 10_000);
        assertThat(nanos).isGreaterThan(Duration.ofMillis(350).toNanos());
    }

    @Test
    void countsWhatItLetsThrough() {
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty());
        moving(bandwidth, 4, 10, 7);
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

    /** What a paced task does to the bandwidth, seen by how long it takes by a clock that stands still. */
    @Test
    void aPaceMovesNoFasterThanItTakes() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty());
        Pace pace = new Pace(Progress.NONE, "Uploading", bandwidth, now.plusSeconds(100), clock);
        try (Progress.Task task = pace.start("Uploading", 1, 50_000_000)) {
            // half a megabyte a second and a bit
            long nanos = moving(bandwidth, 4, 40, 10_000);
            assertThat(nanos).isGreaterThan(Duration.ofMillis(500).toNanos());
            task.done();
        }
        assertThat(moving(new Bandwidth(OptionalLong.empty()), 1, 1, 1)).isPositive();
        long after = System.nanoTime();
        moving(bandwidth, 4, 100_000, 10_000);
        assertThat(System.nanoTime() - after)
                .as("a gigabyte, unpaced")
                .isLessThan(Duration.ofMinutes(10).toNanos());
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

    @Test
    void concurrencyGrowsWhileItPaysAndShrinksWhenTheStoreAsks() throws InterruptedException {
        AtomicLong throttled = new AtomicLong();
        Concurrency concurrency = Concurrency.automatic(64, throttled::get);
        int first = concurrency.limit();
        // every piece takes the same time whatever else moves, so that more at once is always better
        TransferPool pool = new TransferPool(concurrency, new Bandwidth(OptionalLong.empty()), false, Progress.NONE);
        pool.mapAll("Moving", IntStream.range(0, 3000).boxed().toList(), any -> 1, any -> pause());
        int grown = concurrency.limit();
        assertThat(grown).isGreaterThan(first);
        pool.mapAll("Moving", IntStream.range(0, 3000).boxed().toList(), any -> 1, any -> {
            throttled.incrementAndGet();
            return pause();
        });
        assertThat(concurrency.limit()).isLessThan(grown);
    }

    private static boolean pause() {
        try {
            Thread.sleep(10);
            return true;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
