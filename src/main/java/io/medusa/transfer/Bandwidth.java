package io.medusa.transfer;

import io.medusa.error.Failures;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Limits the bytes per second of all transfers together. Thread-safe. */
public final class Bandwidth {
    /** The length of a pause whose unused bytes may be transferred afterwards. */
    private static final long BURST_NANOS = Duration.ofMillis(100).toNanos();
    /** How often a waiting thread checks whether the limit has changed. */
    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    /** A clock, and waiting by it. */
    interface Time {
        long nanos();

        void sleep(long nanos) throws InterruptedException;

        Time REAL = new Time() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void sleep(long nanos) throws InterruptedException {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        };
    }

    private final Time time;
    private final LongAdder moved = new LongAdder();
    private OptionalLong limit = OptionalLong.empty();
    private OptionalLong pace = OptionalLong.empty();
    /** The lower of the two, 0 for none. */
    private volatile double bytesPerNano;

    /** Bytes that may be transferred at once; negative after a transfer that exceeded them. */
    private double credit;

    private long counted;

    /** @param bytesPerSecond empty for no limit */
    public Bandwidth(OptionalLong bytesPerSecond) {
        this(bytesPerSecond, Time.REAL);
    }

    Bandwidth(OptionalLong bytesPerSecond, Time time) {
        this.time = time;
        counted = time.nanos();
        limit = bytesPerSecond;
        apply();
    }

    /** Changes the limit, also for transfers that are running. */
    public synchronized void limit(OptionalLong bytesPerSecond) {
        limit = bytesPerSecond;
        apply();
    }

    /** Sets a second limit; the lower one applies. Empty removes it. */
    synchronized void pace(OptionalLong bytesPerSecond) {
        pace = bytesPerSecond;
        apply();
    }

    /** The limit in bytes per second; empty if there is none. */
    public synchronized OptionalLong limit() {
        return limit;
    }

    private void apply() {
        long lower = Math.min(limit.orElse(Long.MAX_VALUE), pace.orElse(Long.MAX_VALUE));
        bytesPerNano = lower == Long.MAX_VALUE ? 0 : Math.max(1, lower) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** The number of bytes transferred so far. */
    public long moved() {
        return moved.sum();
    }

    /** Waits until this number of bytes may be transferred. */
    public void take(long bytes) {
        moved.add(bytes);
        if (bytesPerNano == 0) {
            return;
        }
        for (long wait = claim(bytes); wait > 0; wait = claim(bytes)) {
            try {
                time.sleep(Math.min(wait, LOOK_NANOS));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw Failures.interrupted(interrupted);
            }
        }
    }

    /**
     * Takes the bytes if there is credit.
     *
     * @return 0 if they were taken, otherwise the nanoseconds until there is credit
     */
    private synchronized long claim(long bytes) {
        double rate = bytesPerNano;
        if (rate == 0) {
            return 0;
        }
        long now = time.nanos();
        credit = Math.min(rate * BURST_NANOS, credit + (now - counted) * rate);
        counted = now;
        if (credit > 0) {
            // the next caller waits until the credit is positive again
            credit -= bytes;
            return 0;
        }
        return 1 + (long) (-credit / rate);
    }
}
