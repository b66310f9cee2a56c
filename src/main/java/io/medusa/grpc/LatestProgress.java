package io.medusa.grpc;

import io.medusa.transfer.Progress;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps the latest progress of an operation for status requests. */
final class LatestProgress {
    private volatile Phase phase = new Phase("Preparing", 0, 0);

    private static final class Phase {
        private final String what;
        private final long files;
        private final long bytes;
        private final AtomicLong filesDone = new AtomicLong();
        private final AtomicLong bytesDone = new AtomicLong();

        Phase(String what, long files, long bytes) {
            this.what = what;
            this.files = files;
            this.bytes = bytes;
        }
    }

    /** As a message. */
    io.medusa.wire.v1.Progress message() {
        Phase now = phase;
        return io.medusa.wire.v1.Progress.newBuilder()
                .setPhase(now.what)
                .setFiles(now.files)
                .setBytes(now.bytes)
                .setFilesDone(now.filesDone.get())
                .setBytesDone(now.bytesDone.get())
                .build();
    }

    /** A progress display that also records it here. */
    Progress beside(Progress other) {
        return (what, files, bytes) -> {
            Phase begun = new Phase(what, files, bytes);
            phase = begun;
            Progress.Task shown = other.start(what, files, bytes);
            return new Progress.Task() {
                @Override
                public void moved(long moved) {
                    begun.bytesDone.addAndGet(moved);
                    shown.moved(moved);
                }

                @Override
                public void done() {
                    begun.filesDone.incrementAndGet();
                    shown.done();
                }

                @Override
                public void close() {
                    shown.close();
                }
            };
        };
    }
}
