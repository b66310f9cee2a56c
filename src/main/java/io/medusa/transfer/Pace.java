package io.medusa.transfer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** Paces what one kind of work moves so that it is done at a certain time, and no faster than it takes. Thread-safe. */
public final class Pace implements Progress {
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
        double seconds = Duration.between(clock.instant(), end).toMillis() / 1000.0 * (1 - RESERVE);
        // too late already: then as fast as it is allowed to
        bandwidth.pace(seconds <= 1 ? OptionalLong.empty() : OptionalLong.of(Math.max(1, (long) (bytes / seconds))));
    }
}
