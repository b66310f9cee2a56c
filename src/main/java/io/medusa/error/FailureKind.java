package io.medusa.error;

/** The kinds of failure. The command line maps each to an exit status. */
public enum FailureKind {
    /** Wrong options or arguments on the command line. */
    USAGE,
    /** The configuration file cannot be read, is not an INI file with known sections, or has an invalid value. */
    CONFIG_UNREADABLE,
    /** A required configuration value is missing, or values exclude each other. */
    CONFIG_INVALID,
    /** A name that is not allowed for a backup, or something that this version does not support. */
    REFUSED,
    /** A finished backup already has that name. */
    BACKUP_EXISTS,
    /** No backup has that name. */
    BACKUP_UNKNOWN,
    /** The backup exists but is not finished. */
    BACKUP_INCOMPLETE,
    /** Objects of the backup are missing, contradict each other or must not be trusted. */
    BACKUP_DAMAGED,
    /** Another backup or restore is running on this node. */
    BUSY,
    /** The bucket or its server cannot be reached or answers with an error. */
    STORAGE_UNAVAILABLE,
    /** The store refuses the request because a permission is missing. */
    STORAGE_DENIED,
    /** No space left where data is written. */
    DISK_FULL,
    /** Cassandra does not answer. */
    CASSANDRA_UNREACHABLE,
    /** Cassandra refuses the user or the password. */
    CASSANDRA_DENIED,
    /** Cassandra answered with an error, or its files are not as expected. */
    CASSANDRA_FAILED,
    /** The snapshot is missing. */
    SNAPSHOT_MISSING,
    /** A file, directory or port of this machine cannot be used. */
    LOCAL_FILE,
    /** Something else timed out. */
    TIMEOUT,
    /** Stopped by a signal. */
    INTERRUPTED
}
