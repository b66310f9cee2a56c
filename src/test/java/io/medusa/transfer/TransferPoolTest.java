package io.medusa.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One queue for everything: largest first, no barrier, bounded, and over at the first failure. */
@Timeout(60)
final class TransferPoolTest {
    private static TransferPool pool(int threads) {
        return new TransferPool(threads, false, Progress.NONE);
    }

    @Test
    void P1_theLargestBeginFirstWhateverTheirOrderAndResultsComeInTheOrderOfThePieces() {
        List<Integer> begun = Collections.synchronizedList(new ArrayList<>());
        List<String> results = pool(1).mapAll("Testing", List.of(3, 9, 1, 7), piece -> piece, piece -> {
            begun.add(piece);
            return "r" + piece;
        });
        assertThat(begun).containsExactly(9, 7, 3, 1);
        assertThat(results).containsExactly("r3", "r9", "r1", "r7");
    }

    @Test
    void P2_oneSlowPieceHoldsNobodyUp() {
        int pieces = 100;
        CountDownLatch others = new CountDownLatch(pieces - 1);
        // the slow one ends only when all others have ended: a barrier between groups of them would never let it
        pool(2).mapAll("Testing", IntStream.range(0, pieces).boxed().toList(), piece -> pieces - piece, piece -> {
            if (piece == 0) {
                await(others);
            } else {
                others.countDown();
            }
            return true;
        });
        assertThat(others.getCount()).isZero();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void P8_neverMoreAtOnceThanThereAreThreads() {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        pool(3).mapAll("Testing", IntStream.range(0, 500).boxed().toList(), piece -> 1, piece -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Thread.yield();
            now.decrementAndGet();
            return true;
        });
        assertThat(most.get()).isBetween(1, 3);
    }

    @Test
    void theFirstFailureEndsTheRestAndIsThrown() {
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> pool(2).mapAll(
                                "Testing", IntStream.range(0, 10_000).boxed().toList(), piece -> 1, piece -> {
                                    if (begun.incrementAndGet() == 5) {
                                        throw new IllegalStateException("five");
                                    }
                                    Thread.yield();
                                    return true;
                                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("five");
        assertThat(begun.get()).isLessThan(10_000);
    }

    /** What a job did, and a worker that ends only when the test lets it, whatever interrupts it. */
    private static final class Stuck implements TransferJob<Boolean> {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicInteger aborted = new AtomicInteger();

        @Override
        public int parts() {
            return 2;
        }

        @Override
        public long size(int part) {
            return 1;
        }

        @Override
        public void move(int part) {
            if (part == 1) {
                await(begun);
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "storing a: no connection");
            }
            begun.countDown();
            boolean ended = false;
            while (!ended) {
                try {
                    end.await();
                    ended = true;
                } catch (InterruptedException ignored) {
                    // a worker that does not listen
                }
            }
        }

        @Override
        public Boolean finish() {
            return true;
        }

        @Override
        public void abort() {
            aborted.incrementAndGet();
        }
    }

    @Test
    void nothingIsAbortedUnderAWorkerThatOutlivesTheStop() {
        Stuck job = new Stuck();
        TransferPool pool = new TransferPool(
                Concurrency.fixed(2), new Bandwidth(OptionalLong.empty()), false, Progress.NONE, Duration.ZERO);
        try {
            assertThatThrownBy(() -> pool.runAll("Testing", List.of(job), piece -> 2, piece -> piece))
                    .isInstanceOfSatisfying(MedusaException.class, failed -> {
                        assertThat(failed.kind()).isEqualTo(FailureKind.STORAGE_UNAVAILABLE);
                        assertThat(failed)
                                .hasMessageStartingWith("storing a: no connection; ")
                                .hasMessageContaining("still running")
                                .hasMessageContaining("nothing was cleaned up");
                    });
            assertThat(job.aborted).hasValue(0);
        } finally {
            job.end.countDown();
        }
    }

    @Test
    void whatIsUnfinishedIsAbortedOnceAllWorkersHaveEnded() {
        Stuck job = new Stuck();
        job.end.countDown();
        assertThatThrownBy(() -> pool(2).runAll("Testing", List.of(job), piece -> 2, piece -> piece))
                .hasMessage("storing a: no connection");
        assertThat(job.aborted).hasValue(1);
    }
}
