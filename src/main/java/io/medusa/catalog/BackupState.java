package io.medusa.catalog;

import java.util.Locale;

/** The state of a cluster's backup: the most urgent that its nodes have. */
public enum BackupState {
    /** A node is backing up. */
    RUNNING,
    /** No node is backing up, and one waits for its turn. */
    WAITING,
    /** It lacks nodes, and the latest run of one failed. */
    FAILED,
    /** It lacks nodes, and the latest run of one died. */
    DIED,
    /** It lacks nodes, and nobody knows why. */
    INCOMPLETE,
    /** It is complete, and limited to some tables. */
    PARTIAL,
    /** It is complete, but verification found damage, a manifest cannot be read, or files were damaged on the node already. */
    DAMAGED,
    FINISHED;

    /** As users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
