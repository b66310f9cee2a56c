package io.medusa.cluster.grpc;

import io.medusa.transfer.Meter;
import io.medusa.wire.v1.Progress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One node's progress as a line. Rate and ETA are measured here, by the clock of whoever listens. Thread-safe. */
final class ProgressLine {
    private String phase = "";
    private @Nullable Meter meter;

    /** Takes what the node last said. */
    synchronized void hear(Progress progress) {
        phase = progress.getPhase();
        Meter known = meter;
        if (progress.getFiles() == 0) {
            meter = null;
        } else if (known == null || !known.isOf(phase, progress.getFiles(), progress.getBytes())) {
            meter = new Meter(
                    phase, progress.getFiles(), progress.getBytes(), progress.getFilesDone(), progress.getBytesDone());
        } else {
            known.set(progress.getFilesDone(), progress.getBytesDone());
        }
    }

    /** The line, what matters most first, since its end may be cut off; empty as long as the node has not said anything. */
    synchronized Optional<String> line() {
        Meter known = meter;
        if (known == null) {
            return Optional.of(phase).filter(said -> !said.isEmpty());
        }
        String pace = known.pace();
        return Optional.of(
                phase + " " + known.percent() + "%, " + (pace.isEmpty() ? "" : pace + ", ") + known.counts());
    }
}
