package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.ProcessIdentity;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells others how far a backup is, and why it failed, in one small object in the index: at each change of phase, and then after
 * intervals that grow to 5 minutes. For information only: a failure to store it is
 * ignored, and only the manifest says that a backup is finished. Thread-safe.
 */
public final class RunTracker implements Progress, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunTracker.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    /** Where the store keeps what is overwritten, each record costs. */
    private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(5);
    /** Failures that say something about another backup. */
    private static final Set<FailureKind> UNTOLD = Set.of(FailureKind.BUSY, FailureKind.BACKUP_EXISTS);

    private static final int LONGEST = 1000;
    private static final Pattern SECRET = Pattern.compile(
            "(?i)([a-z_-]*(?:password|passwd|secret|token|signature|credential|sig|access_?key)[a-z_-]*=)[^&\\s]+");
    private static final Pattern USER_OF_URL = Pattern.compile("(://)[^/@\\s]+@");

    private final Bucket bucket;
    private final ObjectKey key;
    private final Duration interval;
    private final Instant began;
    private @Nullable Heartbeat beat;
    private String phase = "prepare";
    private String writtenPhase = "";
    private Instant next = Instant.MIN;
    private Duration pause;
    private long files;
    private long filesDone;
    private long bytes;
    private long bytesDone;

    RunTracker(Bucket bucket, BackupTarget target) {
        this(bucket, target, INTERVAL);
    }

    RunTracker(Bucket bucket, BackupTarget target, Duration interval) {
        this.bucket = bucket;
        this.key = bucket.layout().run(target.node(), target.name());
        this.interval = interval;
        this.pause = interval;
        this.began = bucket.clock().instant();
    }

    /** Shows the run from now on; may be called again. Its lease is held, so that it is the only one. */
    public void begin() {
        tell();
        synchronized (this) {
            if (beat == null) {
                beat = Heartbeat.start(interval, this::tell, failed -> LOG.debug("Cannot record the run", failed));
            }
        }
    }

    /** Notes what is being done now. */
    public synchronized void phase(String next) {
        phase = next;
    }

    @Override
    public synchronized Progress.Task start(String what, long moreFiles, long moreBytes) {
        files += moreFiles;
        bytes += moreBytes;
        return new Task() {
            @Override
            public void moved(long moved) {
                synchronized (RunTracker.this) {
                    bytesDone += moved;
                }
            }

            @Override
            public void done() {
                synchronized (RunTracker.this) {
                    filesDone++;
                }
            }

            @Override
            public void close() {}
        };
    }

    /** Records why the run failed, also if it failed before it had a lease. */
    public void failed(RuntimeException failure) {
        stop();
        if (failure instanceof MedusaException known && UNTOLD.contains(known.kind())) {
            return;
        }
        // a signal must not keep the reason from being stored
        boolean interrupted = Thread.interrupted();
        try {
            store(text(new Run.Failure(kind(failure), line(failure))));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String kind(RuntimeException failure) {
        return failure instanceof MedusaException known ? known.kind().name().toLowerCase(Locale.ROOT) : "bug";
    }

    /** Messages of other programs' exceptions are not told, since nobody knows what is in them. */
    static String line(RuntimeException failure) {
        if (!(failure instanceof MedusaException known)) {
            return "internal error: " + failure.getClass().getSimpleName() + ". The log has the details";
        }
        if (known.kind() == FailureKind.INTERRUPTED) {
            return "interrupted by a signal";
        }
        String line = String.valueOf(failure.getMessage()).replaceAll("\\p{Cntrl}+", " ");
        line = USER_OF_URL.matcher(line).replaceAll("$1***@");
        line = SECRET.matcher(line).replaceAll("$1***");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }

    /** Forgets the run: its manifest says the rest. */
    public void finished() {
        stop();
        try {
            bucket.storage().deleteAll(List.of(key));
        } catch (MedusaException denied) {
            // it says nothing about a finished backup
            LOG.debug("Cannot remove {}: {}", key, denied.getMessage());
        }
    }

    void tell() {
        synchronized (this) {
            Instant now = bucket.clock().instant();
            boolean samePhase = phase.equals(writtenPhase);
            if (samePhase && now.isBefore(next)) {
                return;
            }
            pause = samePhase ? pause.multipliedBy(2) : interval;
            if (pause.compareTo(LONGEST_INTERVAL) > 0) {
                pause = LONGEST_INTERVAL;
            }
            next = now.plus(pause);
            writtenPhase = phase;
        }
        store(text(null));
    }

    private void store(String text) {
        try {
            bucket.storage().put(key, ObjectSource.OfBytes.utf8(text));
        } catch (MedusaException denied) {
            LOG.debug("Cannot record the run in {}: {}", key, denied.getMessage());
        }
    }

    private synchronized String text(Run.@Nullable Failure failure) {
        ProcessIdentity process = ProcessIdentity.own();
        return SmallJson.write(json -> {
            json.writeStringField("phase", phase);
            json.writeNumberField("began", began.getEpochSecond());
            json.writeStringField("host", process.host());
            json.writeNumberField("pid", process.pid());
            json.writeNumberField("files", files);
            json.writeNumberField("files_done", filesDone);
            json.writeNumberField("bytes", bytes);
            json.writeNumberField("bytes_done", bytesDone);
            if (failure != null) {
                json.writeStringField("failed", failure.kind());
                json.writeStringField("error", failure.line());
            }
        });
    }

    private void stop() {
        Heartbeat running;
        synchronized (this) {
            running = beat;
            beat = null;
        }
        if (running != null) {
            running.close();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
