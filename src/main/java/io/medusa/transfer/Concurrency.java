package io.medusa.transfer;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many pieces are transferred at once: a fixed number, or one found by measuring. The latter is doubled while that increases the
 * throughput, restored when it does not, halved when the store asks to slow down, and probed again from time to time. Thread-safe.
 */
public final class Concurrency {
    private static final long WINDOW_NANOS = Duration.ofMillis(400).toNanos();
    private static final int FIRST = 8;
    /** The fixed cost of a piece, expressed in bytes. */
    private static final long COST_OF_A_PIECE = 128 * 1024;
    /** The gain in throughput that justifies twice the number. */
    private static final double WORTH_IT = 1.1;

    private static final int REST_WINDOWS = 25;
    private static final int REST_AFTER_THROTTLING = 10;

    private final int most;
    private final boolean automatic;
    private final LongSupplier throttled;
    private final LongSupplier nanos;
    private int limit;

    private long windowBegan;
    private long pieces;
    private long bytesBefore;
    private long throttledBefore;
    private double best;
    private int before;
    private int rest;

    private Concurrency(int most, int first, boolean automatic, LongSupplier throttled, LongSupplier nanos) {
        this.nanos = nanos;
        this.most = most;
        this.limit = first;
        this.before = first;
        this.automatic = automatic;
        this.throttled = throttled;
    }

    /** A fixed number. */
    public static Concurrency fixed(int number) {
        int atLeastOne = Math.max(1, number);
        return new Concurrency(atLeastOne, atLeastOne, false, () -> 0, System::nanoTime);
    }

    /**
     * A number found by measuring.
     *
     * @param most the upper bound, given by memory
     * @param throttled counts how often the store has asked to slow down
     */
    public static Concurrency automatic(int most, LongSupplier throttled) {
        return automatic(most, throttled, System::nanoTime);
    }

    /** @param nanos a monotonic clock in nanoseconds */
    static Concurrency automatic(int most, LongSupplier throttled, LongSupplier nanos) {
        return new Concurrency(Math.max(1, most), Math.max(1, Math.min(FIRST, most)), true, throttled, nanos);
    }

    /** The upper bound. */
    int most() {
        return most;
    }

    /** The current number. */
    synchronized int limit() {
        return limit;
    }

    /** Admits as many threads as the current number. Each run has its own, so that nested runs do not wait for each other. */
    final class Gate {
        private int active;

        private Gate() {}

        /** Waits for a permit to transfer a piece; {@link #leave} returns it. */
        void enter() throws InterruptedException {
            if (!automatic) {
                return;
            }
            synchronized (Concurrency.this) {
                while (active >= limit) {
                    Concurrency.this.wait();
                }
                active++;
            }
        }

        /**
         * Returns the permit of a piece.
         *
         * @param bytes the number of bytes transferred so far in all
         */
        void leave(long bytes) {
            if (!automatic) {
                return;
            }
            synchronized (Concurrency.this) {
                active--;
                pieces++;
                adjust(nanos.getAsLong(), bytes);
                Concurrency.this.notifyAll();
            }
        }
    }

    Gate gate() {
        return new Gate();
    }

    private void adjust(long now, long bytes) {
        if (windowBegan == 0) {
            begin(now, bytes);
            return;
        }
        long elapsed = now - windowBegan;
        if (elapsed < WINDOW_NANOS || pieces < limit) {
            return;
        }
        double rate = (bytes - bytesBefore + pieces * COST_OF_A_PIECE) / (double) elapsed;
        if (throttled.getAsLong() > throttledBefore) {
            limit = Math.max(1, limit / 2);
            before = limit;
            best = 0;
            rest = REST_AFTER_THROTTLING;
        } else if (rest > 0) {
            rest--;
            if (rest == 0) {
                best = rate;
                grow();
            }
        } else if (best == 0 || rate > best * WORTH_IT) {
            best = rate;
            grow();
        } else {
            limit = before;
            rest = REST_WINDOWS;
        }
        begin(now, bytes);
    }

    private void grow() {
        before = limit;
        limit = Math.min(most, limit * 2);
        if (limit == before) {
            rest = REST_WINDOWS;
        }
    }

    private void begin(long now, long bytes) {
        windowBegan = now;
        bytesBefore = bytes;
        pieces = 0;
        throttledBefore = throttled.getAsLong();
    }
}
