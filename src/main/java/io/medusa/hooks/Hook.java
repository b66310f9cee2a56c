package io.medusa.hooks;

import java.util.Locale;

/** When an operator's program is run. */
public enum Hook {
    /** Before a backup; if the program fails, there is no backup. */
    BEFORE_BACKUP,
    /** After a backup that has finished. */
    AFTER_BACKUP,
    /** Before a restore; if the program fails, there is no restore. */
    BEFORE_RESTORE,
    /** After a restore that has finished. */
    AFTER_RESTORE,
    /** After a backup, a restore, a verification or a purge that has failed. */
    ON_FAILURE,
    /** After a verification that has found problems. */
    ON_VERIFY_FINDING;

    /** The name of its option. */
    public String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether what it precedes is refused if the program fails. */
    public boolean isDeciding() {
        return this == BEFORE_BACKUP || this == BEFORE_RESTORE;
    }
}
