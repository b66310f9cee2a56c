package io.medusa.transfer;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many pieces move at once: a fixed number, or one that is found by trying. It is doubled as long as that moves more, taken
 * back when it does not, halved when the store asks to slow down, and tried again now and then. Thread-safe.
 */
public final class Concurrency {
    private static final long WINDOW_NANOS = Duration.ofMillis(400).toNanos();
    private static final int FIRST = 8;
    /** A piece costs about as much as so many bytes. */
    private static final long COST_OF_A_PIECE = 128 * 1024;
    /** So much more must be moved for twice the number to be worth it. */
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

    /** Always this many. */
    public static Concurrency fixed(int number) {
        int atLeastOne = Math.max(1, number);
        return new Concurrency(atLeastOne, atLeastOne, false, () -> 0, System::nanoTime);
    }

    /**
     * As many as pay.
     *
     * @param most which memory allows
     * @param throttled how often the store has asked to slow down
     */
    public static Concurrency automatic(int most, LongSupplier throttled) {
        return automatic(most, throttled, System::nanoTime);
    }

    /** @param nanos the time that passes */
    static Concurrency automatic(int most, LongSupplier throttled, LongSupplier nanos) {
        return new Concurrency(Math.max(1, most), Math.max(1, Math.min(FIRST, most)), true, throttled, nanos);
    }

    /** The most there can ever be. */
    int most() {
        return most;
    }

    /** The number now. */
    synchronized int limit() {
        return limit;
    }

    /** Lets so many through at once; one for each run, so that runs within runs do not wait for each other. */
    final class Gate {
        private int active;

        private Gate() {}

        /** Waits for leave to move a piece; {@link #leave} gives it back. */
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
         * A piece is done.
         *
         * @param bytes that have been moved in all
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
