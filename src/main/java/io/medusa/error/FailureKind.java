package io.medusa.error;

/** Why a command failed, in the words an operator would use; each kind has exactly one exit status. */
public enum FailureKind {
    /** Wrong options or arguments on the command line. */
    USAGE(2),
    /** The configuration file cannot be read, is not an INI file with known sections, or holds a value that has no meaning. */
    CONFIG_UNREADABLE(1),
    /** A configuration value that must be there is missing, or values exclude each other. */
    CONFIG_INVALID(2),
    /** A name that a backup must not have, or a way of working that this version does not have. */
    REFUSED(1),
    /** A backup of that name is finished already. */
    BACKUP_EXISTS(1),
    /** There is no backup of that name. */
    BACKUP_UNKNOWN(1),
    /** The backup exists but is not finished. */
    BACKUP_INCOMPLETE(1),
    /** What the bucket holds for the backup is missing, contradicts itself or must not be trusted. */
    BACKUP_DAMAGED(1),
    /** Another backup or restore works on this node right now. */
    BUSY(1),
    /** The bucket or its server cannot be reached or answers with an error. */
    STORAGE_UNAVAILABLE(1),
    /** The storage refuses the request for want of a right. */
    STORAGE_DENIED(1),
    /** No space left where data is written. */
    DISK_FULL(1),
    /** Cassandra does not answer. */
    CASSANDRA_UNREACHABLE(1),
    /** Cassandra refuses the user or the password. */
    CASSANDRA_DENIED(1),
    /** Cassandra answered with an error, or its files are not as expected. */
    CASSANDRA_FAILED(1),
    /** The snapshot to work from is not there, or has vanished. */
    SNAPSHOT_MISSING(1),
    /** A file, directory or port of this machine cannot be used. */
    LOCAL_FILE(1),
    /** Something else did not happen in time. */
    TIMEOUT(1),
    /** Stopped by a signal. */
    INTERRUPTED(130);

    private final int exitStatus;

    FailureKind(int exitStatus) {
        this.exitStatus = exitStatus;
    }

    /** The exit status of a command that ends with this kind (docs/compatibility.md 1.5). */
    public int exitStatus() {
        return exitStatus;
    }
}
