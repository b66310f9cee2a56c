package io.medusa.grpc;

import io.medusa.transfer.Meter;
import io.medusa.transfer.Progress;

/** Keeps the latest progress of an operation for status requests. */
final class LatestProgress {
    private volatile Meter phase = new Meter("Preparing", 0, 0);

    /** As a message. */
    io.medusa.wire.v1.Progress message() {
        Meter now = phase;
        return io.medusa.wire.v1.Progress.newBuilder()
                .setPhase(now.what())
                .setFiles(now.files())
                .setBytes(now.bytes())
                .setFilesDone(now.filesDone())
                .setBytesDone(now.bytesDone())
                .build();
    }

    /** A progress display that also records it here. */
    Progress beside(Progress other) {
        return (what, files, bytes) -> {
            Meter begun = new Meter(what, files, bytes);
            phase = begun;
            Progress.Task shown = other.start(what, files, bytes);
            return new Progress.Task() {
                @Override
                public void moved(long moved) {
                    begun.moved(moved);
                    shown.moved(moved);
                }

                @Override
                public void done() {
                    begun.done();
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
