package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The latest run of an unfinished backup of a node, as far as it is known.
 *
 * @param state by the latest sign of life
 * @param phase what it was doing, by the words of the phases in the backup's result; empty if unknown
 * @param began when the run began, by the clock of its host; empty if unknown
 * @param seen the latest sign of life, by the store's clock
 * @param host where it ran; empty if unknown
 * @param files the number of files to move; 0 while unknown
 * @param failure why it failed; only in state FAILED
 */
public record Run(
        NodeName node,
        BackupName name,
        State state,
        String phase,
        Optional<Instant> began,
        Instant seen,
        String host,
        long pid,
        long files,
        long filesDone,
        long bytes,
        long bytesDone,
        Optional<Failure> failure) {
    /** Without a sign of life for so long, a run counts as dead. Writers renew their lease every 10 minutes. */
    public static final Duration SILENT_FOR = Duration.ofMinutes(20);

    /** For so long, runs of backups that never began are remembered. */
    public static final Duration REMEMBERED_FOR = Duration.ofDays(7);

    /** The state of a run. */
    public enum State {
        RUNNING,
        /** It runs, and waits until the previous node in the ring has finished. */
        WAITING,
        /** It ended with an error. */
        FAILED,
        /** It ended without an error, a result, or a sign of life. */
        DIED
    }

    /**
     * Why a run failed.
     *
     * @param kind the {@code FailureKind} in lower case, or {@code bug}
     * @param line the error in one line, without secrets
     */
    public record Failure(String kind, String line) {}

    /** Whether its process is alive, as far as anybody can tell. */
    public boolean isAlive() {
        return state == State.RUNNING || state == State.WAITING;
    }
}
