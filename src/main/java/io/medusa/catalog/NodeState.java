package io.medusa.catalog;

import java.util.Locale;

/** The state of one node's part of a backup. */
public enum NodeState {
    FINISHED,
    RUNNING,
    /** It runs, and waits until the previous node in the ring has finished. */
    WAITING,
    /** Its latest run ended with an error, possibly before it stored anything. */
    FAILED,
    /** Its latest run ended without a result. */
    DIED,
    /** It has begun, and nothing is known of its run: an earlier version or another program wrote it. */
    UNFINISHED,
    /** It has not begun. */
    MISSING;

    /** As users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
