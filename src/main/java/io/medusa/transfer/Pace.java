package io.medusa.transfer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Paces one kind of work so that it ends at a given time and moves no faster than that takes, but never below
 * {@link #FLOOR}: the snapshot is held until the work ends, and slower than this spares the database nothing. Thread-safe.
 */
public final class Pace implements Progress {
    /** Bytes a second that a pace leaves in any case. */
    public static final long FLOOR = 1_000_000;

    /** So much is aimed to be left over at the end. */
    private static final double RESERVE = 0.05;

    private final Progress progress;
    private final String paced;
    private final Bandwidth bandwidth;
    private final Instant end;
    private final Clock clock;

    /**
     * Paces it from the moment it starts.
     *
     * @param progress is told of everything as if there were no pace
     * @param paced the kind of work, in the word that it is announced by
     * @param end when it is to be done
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

    /** Bytes a second that move so many bytes in the time that is left; nothing, which is no pace, once it is too late. */
    static OptionalLong rate(long bytes, Duration left) {
        double seconds = left.toMillis() / 1000.0 * (1 - RESERVE);
        return seconds <= 1 ? OptionalLong.empty() : OptionalLong.of(Math.max(FLOOR, (long) (bytes / seconds)));
    }
}
