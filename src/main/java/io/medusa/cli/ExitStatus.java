package io.medusa.cli;

import io.medusa.error.FailureKind;
import java.util.Set;

/** How a command ends. What the Python Medusa answers with 1 or 2 stays so (docs/compatibility.md 1.5). */
enum ExitStatus {
    DONE(0, "Success."),
    FAILED(1, "Failed; the last line on stderr says why."),
    USAGE(2, "Invalid options or configuration."),
    DAMAGED_FILES(3, "Success, but the backup contains files that were already damaged on the node."),
    BUSY(11, "Another backup, restore or purge is running on this node. Retry later."),
    STORAGE(12, "The store cannot be reached, or denies access."),
    CASSANDRA(13, "Cassandra cannot be reached, or denies access."),
    CANCELLED(130, "Cancelled by a signal.");

    /** Scripts written for the Python Medusa expect 1 whatever fails in these (docs/compatibility.md 1.5). */
    private static final Set<String> FAIL_WITH_ONE =
            Set.of("backup", "backup-cluster", "restore-cluster", "purge", "purge-decommissioned", "build-index");

    private static final Set<String> WITH_DAMAGE = Set.of("backup", "verify");

    private final int number;
    private final String meaning;

    ExitStatus(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** The status of a command that fails for such a reason. */
    static ExitStatus of(FailureKind kind, String command) {
        ExitStatus status = of(kind);
        return status.isUsedBy(command) ? status : FAILED;
    }

    /** Whether the command ever ends with it. */
    boolean isUsedBy(String command) {
        return switch (this) {
            case STORAGE, CASSANDRA -> !FAIL_WITH_ONE.contains(command);
            case DAMAGED_FILES -> WITH_DAMAGE.contains(command);
            default -> true;
        };
    }

    /** The status of commands that may tell all reasons apart. */
    static ExitStatus of(FailureKind kind) {
        return switch (kind) {
            case USAGE, CONFIG_INVALID -> USAGE;
            case CONFIG_UNREADABLE,
                    REFUSED,
                    BACKUP_EXISTS,
                    BACKUP_UNKNOWN,
                    BACKUP_INCOMPLETE,
                    BACKUP_DAMAGED,
                    DISK_FULL,
                    CASSANDRA_FAILED,
                    SNAPSHOT_MISSING,
                    LOCAL_FILE,
                    TIMEOUT -> FAILED;
            case BUSY -> BUSY;
            case STORAGE_UNAVAILABLE, STORAGE_DENIED -> STORAGE;
            case CASSANDRA_UNREACHABLE, CASSANDRA_DENIED -> CASSANDRA;
            case INTERRUPTED -> CANCELLED;
        };
    }

    int number() {
        return number;
    }

    String meaning() {
        return meaning;
    }
}
