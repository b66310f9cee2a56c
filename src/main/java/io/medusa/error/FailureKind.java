package io.medusa.error;

/** Why a command failed, in the words an operator would use; the command line gives each an exit status. */
public enum FailureKind {
    /** Wrong options or arguments on the command line. */
    USAGE,
    /** The configuration file cannot be read, is not an INI file with known sections, or holds a value that has no meaning. */
    CONFIG_UNREADABLE,
    /** A configuration value that must be there is missing, or values exclude each other. */
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
    /** A file, directory or port of this machine cannot be used. */
    LOCAL_FILE,
    /** Something else did not happen in time. */
    TIMEOUT,
    /** Stopped by a signal. */
    INTERRUPTED
}
