package io.medusa.transfer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the bandwidth of one kind of work so that it ends just before a given time, but never below {@link #FLOOR}: the snapshot
 * is kept until the work ends, and a lower rate does not reduce the load on the database noticeably. Thread-safe.
 */
public final class Pace implements Progress {
    /** The lowest rate, in bytes per second. */
    public static final long FLOOR = 1_000_000;

    /** The fraction of the time that is planned to remain at the end. */
    private static final double RESERVE = 0.05;

    private final Progress progress;
    private final String paced;
    private final Bandwidth bandwidth;
    private final Instant end;
    private final Clock clock;

    /**
     * Paces one kind of work from its start.
     *
     * @param progress receives everything unchanged
     * @param paced the kind of work, as named to {@link Progress#start}
     * @param end when the work should be done
     */
    public Pace(Progress progress, String paced, Bandwidth bandwidth, Instant end, Clock clock) {
        this.progress = progress;
        this.paced = paced;
        this.bandwidth = bandwidth;
        this.end = end;
        this.clock = clock;
    }

    @Override
    public Task start(String what, long files, long bytes) {
        Task task = progress.start(what, files, bytes);
        if (!what.equals(paced)) {
            return task;
        }
        AtomicLong left = new AtomicLong(bytes);
        adjust(bytes);
        return new Task() {
            @Override
            public void moved(long moved) {
                adjust(left.addAndGet(-moved));
                task.moved(moved);
            }

            @Override
            public void done() {
                task.done();
            }

            @Override
            public void close() {
                bandwidth.pace(OptionalLong.empty());
                task.close();
            }
        };
    }

    private void adjust(long bytes) {
        bandwidth.pace(rate(bytes, Duration.between(clock.instant(), end)));
    }

    /** The rate in bytes per second that transfers these bytes in the remaining time; empty (no limit) if the time is up. */
    static OptionalLong rate(long bytes, Duration left) {
        double seconds = left.toMillis() / 1000.0 * (1 - RESERVE);
        return seconds <= 1 ? OptionalLong.empty() : OptionalLong.of(Math.max(FLOOR, (long) (bytes / seconds)));
    }
}
