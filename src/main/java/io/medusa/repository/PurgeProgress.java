package io.medusa.repository;

import io.medusa.model.Count;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a purge has done so far: logged every 30 seconds while there is progress. May be used by several threads. */
public final class PurgeProgress {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeProgress.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final AtomicLong backups = new AtomicLong();
    private final AtomicLong objects = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final Clock clock;
    private Instant next;
    private volatile Consumer<PurgeProgress> listener = progress -> {};

    PurgeProgress(Clock clock) {
        this.clock = clock;
        this.next = clock.instant().plus(INTERVAL);
    }

    /** Sets what is called, on a thread of the purge, whenever progress is logged. */
    public void onReport(Consumer<PurgeProgress> called) {
        listener = called;
    }

    void checked() {
        backups.incrementAndGet();
        report();
    }

    void deleted(long deleted, long size) {
        objects.addAndGet(deleted);
        bytes.addAndGet(size);
        report();
    }

    private void report() {
        synchronized (this) {
            Instant now = clock.instant();
            if (now.isBefore(next)) {
                return;
            }
            next = now.plus(INTERVAL);
        }
        LOG.info("Purging: {}", this);
        listener.accept(this);
    }

    /** Backups that are kept whose files have been read. */
    public long backups() {
        return backups.get();
    }

    /** Deleted objects. */
    public long objects() {
        return objects.get();
    }

    /** Bytes of the deleted objects. */
    public long bytes() {
        return bytes.get();
    }

    /** For people. */
    @Override
    public String toString() {
        return "checked " + Count.of(backups(), "backup") + ", deleted " + Count.of(objects(), "object") + " ("
                + Count.bytes(bytes()) + ") so far";
    }
}
