package io.medusa.transfer;

import io.medusa.error.Failures;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Holds transfers back so that all of them together move no more than so many bytes a second. Thread-safe. */
public final class Bandwidth {
    /** So much of a pause is made up for afterwards. */
    private static final long BURST_NANOS = Duration.ofMillis(100).toNanos();
    /** Whoever waits looks again so often whether the limit has changed. */
    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    /** The time that passes, and waiting for it. */
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

    /** Bytes that may be moved at once; below 0 while bytes that were moved are made up for. */
    private double credit;

    private long counted;

    /** @param bytesPerSecond nothing for no limit */
    public Bandwidth(OptionalLong bytesPerSecond) {
        this(bytesPerSecond, Time.REAL);
    }

    Bandwidth(OptionalLong bytesPerSecond, Time time) {
        this.time = time;
        counted = time.nanos();
        limit = bytesPerSecond;
        apply();
    }

    /** Changes the limit for everybody, from now on. */
    public synchronized void limit(OptionalLong bytesPerSecond) {
        limit = bytesPerSecond;
        apply();
    }

    /** Moves no more than this, either, however high the limit is; nothing for no pace. */
    synchronized void pace(OptionalLong bytesPerSecond) {
        pace = bytesPerSecond;
        apply();
    }

    /** What all together may move in a second now; nothing for no limit. */
    public synchronized OptionalLong limit() {
        return limit;
    }

    private void apply() {
        long lower = Math.min(limit.orElse(Long.MAX_VALUE), pace.orElse(Long.MAX_VALUE));
        bytesPerNano = lower == Long.MAX_VALUE ? 0 : Math.max(1, lower) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** All bytes that have been let through. */
    public long moved() {
        return moved.sum();
    }

    /** Waits until so many bytes may be moved. */
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

    /** Takes the bytes if there is credit, and gives 0; else the time until there will be some. */
    private synchronized long claim(long bytes) {
        double rate = bytesPerNano;
        if (rate == 0) {
            return 0;
        }
        long now = time.nanos();
        credit = Math.min(rate * BURST_NANOS, credit + (now - counted) * rate);
        counted = now;
        if (credit > 0) {
            // who comes next waits until this is made up for
            credit -= bytes;
            return 0;
        }
        return 1 + (long) (-credit / rate);
    }
}
