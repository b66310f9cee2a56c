package io.medusa.report;

import io.medusa.model.Count;
import io.medusa.repository.Run;
import java.util.Locale;
import java.util.Map;

/** Tells the latest run of a node's backup in one line. */
public final class RunText {
    private static final Map<String, String> PHASES = Map.of(
            "prepare", "preparing",
            "stagger", "waiting for its turn",
            "snapshot", "taking the snapshot",
            "compare", "comparing files with the store",
            "upload", "uploading",
            "publish", "publishing");

    private RunText() {}

    /** The line, without the node. */
    public static String of(Run run) {
        String state = run.state().name().toLowerCase(Locale.ROOT);
        return switch (run.state()) {
            case RUNNING, WAITING ->
                state + since(run) + where(run) + phase(run) + ", last seen " + Text.time(run.seen());
            case DIED -> state + where(run) + phase(run) + ", last seen " + Text.time(run.seen());
            case FAILED -> state + " at " + Text.time(run.seen()) + ": " + reason(run);
        };
    }

    /** Why it failed, with the kind of failure. */
    public static String reason(Run run) {
        return run.failure()
                .map(failure -> failure.line() + " (" + failure.kind() + ")")
                .orElse("unknown");
    }

    private static String since(Run run) {
        return run.began().map(began -> " since " + Text.time(began)).orElse("");
    }

    private static String where(Run run) {
        return run.host().isEmpty() ? "" : " on " + run.host() + " (PID " + run.pid() + ")";
    }

    private static String phase(Run run) {
        String words = PHASES.getOrDefault(run.phase(), run.phase());
        if (words.isEmpty()) {
            return "";
        }
        return ", " + words
                + (run.files() == 0
                        ? ""
                        : ": " + run.filesDone() + " of " + Count.of(run.files(), "file") + ", "
                                + Text.size(run.bytesDone()) + " of " + Text.size(run.bytes()));
    }
}
