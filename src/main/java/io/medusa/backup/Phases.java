package io.medusa.backup;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Measures how long each phase of a backup takes. Not thread-safe. */
final class Phases {
    private final Map<String, Duration> durations = new LinkedHashMap<>();
    private String current;
    private long began = System.nanoTime();

    Phases(String first) {
        current = first;
    }

    /** Starts the next phase. */
    void next(String phase) {
        end();
        current = phase;
    }

    private void end() {
        long now = System.nanoTime();
        durations.merge(current, Duration.ofNanos(now - began), Duration::plus);
        began = now;
    }

    /** The duration of each phase in order, of the current one up to now. */
    Map<String, Duration> durations() {
        end();
        return new LinkedHashMap<>(durations);
    }
}
