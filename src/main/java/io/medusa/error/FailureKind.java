package io.medusa.error;

/** Why a command failed, in the words an operator would use; each kind has exactly one exit status. */
public enum FailureKind {
    /** Wrong options or arguments on the command line. */
    USAGE,
    /** The configuration file cannot be read or is not an INI file with known sections. */
    CONFIG_UNREADABLE,
    /** A configuration value is missing or has no meaning. */
    CONFIG_INVALID,
    /** A name that a backup must not have, or a way of working that this version does not have. */
    REFUSED,
    /** A backup of that name is finished already. */
    BACKUP_EXISTS,
    /** There is no backup of that name. */
    BACKUP_UNKNOWN,
    /** The backup exists but is not finished. */
    BACKUP_INCOMPLETE,
    /** What the bucket holds for the backup is missing, contradicts itself or must not be trusted. */
    BACKUP_DAMAGED,
    /** Another backup or restore works on this node right now. */
    BUSY,
    /** The bucket or its server cannot be reached or answers with an error. */
    STORAGE_UNAVAILABLE,
    /** The storage refuses the request for want of a right. */
    STORAGE_DENIED,
    /** No space left where data is written. */
    DISK_FULL,
    /** Cassandra does not answer. */
    CASSANDRA_UNREACHABLE,
    /** Cassandra refuses the user or the password. */
    CASSANDRA_DENIED,
    /** Cassandra answered with an error, or its files are not as expected. */
    CASSANDRA_FAILED,
    /** The snapshot to work from is not there, or has vanished. */
    SNAPSHOT_MISSING,
    /** A file or directory of this machine cannot be used. */
    LOCAL_FILE,
    /** Something else did not happen in time. */
    TIMEOUT,
    /** Stopped by a signal. */
    INTERRUPTED;

    /** The exit status of a command that ends with this kind (compat.md 1.5). */
    public int exitStatus() {
        return switch (this) {
            case USAGE, CONFIG_INVALID -> 2;
            case CONFIG_UNREADABLE,
                    REFUSED,
                    BACKUP_EXISTS,
                    BACKUP_UNKNOWN,
                    BACKUP_INCOMPLETE,
                    BACKUP_DAMAGED,
                    BUSY,
                    STORAGE_UNAVAILABLE,
                    STORAGE_DENIED,
                    DISK_FULL,
                    CASSANDRA_UNREACHABLE,
                    CASSANDRA_DENIED,
                    CASSANDRA_FAILED,
                    SNAPSHOT_MISSING,
                    LOCAL_FILE,
                    TIMEOUT -> 1;
            case INTERRUPTED -> 130;
        };
    }
}
