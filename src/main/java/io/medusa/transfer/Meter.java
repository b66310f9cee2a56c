package io.medusa.transfer;

import io.medusa.model.Count;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Counts what a transfer has done, and derives its rate and its ETA. Thread-safe. */
public final class Meter {
    /** The rate is that of this time: the beginning of a long transfer says nothing about its end. */
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final String what;
    private final long files;
    private final long bytes;
    private final LongSupplier clock;
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong bytesDone = new AtomicLong();
    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long bytes) {}

    /**
     * Starts counting.
     *
     * @param what the activity in one word, such as {@code Uploading}
     */
    public Meter(String what, long files, long bytes) {
        this(what, files, bytes, 0, 0, System::nanoTime);
    }

    /** Starts counting a transfer that has begun elsewhere; its rate is that from now on. */
    public Meter(String what, long files, long bytes, long filesDone, long bytesDone) {
        this(what, files, bytes, filesDone, bytesDone, System::nanoTime);
    }

    Meter(String what, long files, long bytes, long filesDone, long bytesDone, LongSupplier clock) {
        this.what = what;
        this.files = files;
        this.bytes = bytes;
        this.clock = clock;
        this.filesDone.set(filesDone);
        this.bytesDone.set(bytesDone);
        samples.add(new Sample(clock.getAsLong(), bytesDone));
    }

    /** Adds transferred bytes. */
    public void moved(long more) {
        bytesDone.addAndGet(more);
    }

    /** Counts one more file as done. */
    public void done() {
        filesDone.incrementAndGet();
    }

    /** Replaces the counts by newer ones. */
    public void set(long newFilesDone, long newBytesDone) {
        filesDone.set(newFilesDone);
        bytesDone.set(newBytesDone);
    }

    /** Whether it counts this transfer. */
    public boolean isOf(String activity, long ofFiles, long ofBytes) {
        return what.equals(activity) && files == ofFiles && bytes == ofBytes;
    }

    /** The activity. */
    public String what() {
        return what;
    }

    /** All files of the transfer. */
    public long files() {
        return files;
    }

    /** All bytes of the transfer. */
    public long bytes() {
        return bytes;
    }

    /** Files done so far. */
    public long filesDone() {
        return filesDone.get();
    }

    /** Bytes transferred so far. */
    public long bytesDone() {
        return bytesDone.get();
    }

    /** From 0 to 100; by files if there are no bytes to transfer. */
    public int percent() {
        long of = bytes > 0 ? bytes : files;
        long done = bytes > 0 ? bytesDone.get() : filesDone.get();
        return of == 0 ? 100 : (int) Math.max(0, Math.min(100, done * 100.0 / of));
    }

    /** Counts, rate and ETA, such as {@code 3 of 9 files, 1.00 GB of 3.00 GB, 50.00 MB/s, ETA 40 s}. */
    public String text() {
        String pace = pace();
        return counts() + (pace.isEmpty() ? "" : ", " + pace);
    }

    /** How much is done, such as {@code 3 of 9 files, 1.00 GB of 3.00 GB}. */
    public String counts() {
        return filesDone.get() + " of " + Count.of(files, "file") + ", " + Count.bytes(bytesDone.get()) + " of "
                + Count.bytes(bytes);
    }

    /** Rate and ETA, such as {@code 50.00 MB/s, ETA 40 s}; empty if there was no time yet to tell. */
    public String pace() {
        return rate().map(rate -> {
                    String text = Count.bytes(Math.round(rate)) + "/s";
                    long left = Math.max(0, bytes - bytesDone.get());
                    return rate < 1
                            ? text
                            : text + ", ETA " + Count.roughly(Duration.ofSeconds((long) Math.ceil(left / rate)));
                })
                .orElse("");
    }

    /** Bytes per second of late; empty if there was no time yet to tell. */
    private synchronized Optional<Double> rate() {
        long now = clock.getAsLong();
        long done = bytesDone.get();
        while (samples.size() > 1 && now - samples.getFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        double seconds = (now - first.nanos()) / (double) TimeUnit.SECONDS.toNanos(1);
        if (now - samples.getLast().nanos() > TimeUnit.SECONDS.toNanos(1)) {
            samples.addLast(new Sample(now, done));
        }
        return seconds <= 0 ? Optional.empty() : Optional.of((done - first.bytes()) / seconds);
    }
}
