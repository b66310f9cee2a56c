package io.medusa.backup;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Measures how long each phase of a backup takes. Not thread-safe. */
final class Phases {
    private final Map<String, Duration> durations = new LinkedHashMap<>();
    private final Consumer<String> shown;
    private String current;
    private long began = System.nanoTime();

    /** @param shown receives each phase after the first */
    Phases(String first, Consumer<String> shown) {
        this.current = first;
        this.shown = shown;
    }

    /** Starts the next phase. */
    void next(String phase) {
        end();
        current = phase;
        shown.accept(phase);
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
