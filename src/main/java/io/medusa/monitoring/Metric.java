package io.medusa.monitoring;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All metrics. Each has a name with its unit, in the convention of Prometheus and OpenTelemetry
 * ({@code medusa.node.backup.size.bytes} is {@code medusa_node_backup_size_bytes} in Prometheus); those that the Python Medusa sends
 * also have that name (docs/compatibility.md 21).
 */
public enum Metric {
    NODE_BACKUP_DURATION(
            Subject.NODE,
            "duration.seconds",
            "backup-duration",
            "Duration of the last finished backup of the node, in seconds."),
    NODE_BACKUP_SIZE(
            Subject.NODE,
            "size.bytes",
            "backup-size",
            "Size of the last finished backup of the node, new and reused files, in bytes."),
    NODE_BACKUP_ERROR(
            Subject.NODE, "error", "backup-error", "Whether the last backup of the node failed: 1, otherwise 0."),
    NODE_BACKUP_DAMAGED_FILES(
            Subject.NODE,
            "damaged.files",
            "backup-damaged-files",
            "Files in the last backup of the node that were already damaged on the node."),
    NODE_BACKUP_AGE(
            Subject.NODE,
            "age.seconds",
            "seconds-since-backup",
            "Seconds from the end of the last finished backup of the node to when this was measured."),
    NODE_BACKUP_UPLOADED(Subject.NODE, "uploaded.bytes", "Bytes that the last backup of the node uploaded."),
    NODE_BACKUP_COPIED(Subject.NODE, "copied.bytes", "Bytes that the last backup of the node copied within the store."),
    NODE_BACKUP_REUSED(
            Subject.NODE, "reused.bytes", "Bytes of the last backup of the node that were in the store already."),
    NODE_BACKUP_FINISHED(
            Subject.NODE,
            "finished.timestamp.seconds",
            "When the last backup of the node finished, in seconds since the epoch."),
    /** By the kind of failure. */
    NODE_BACKUP_FAILED(
            Subject.NODE,
            "failed",
            "Whether the last backup of the node failed: 1 with the kind of failure, otherwise 0 with kind none."),

    PURGE_ERROR(
            Subject.NODE, "purge.error", "purge-error", "Whether the last purge of the node failed: 1, otherwise 0."),
    /** Grows while a purge of the service runs, as purged objects and bytes do. */
    PURGE_CHECKED(
            Subject.NODE, "purge.checked.backups", "Backups that the running or last purge of the node has checked."),
    PURGED_BACKUPS(Subject.NODE, "purged.backups", "Backups that the last purge of the node deleted."),
    PURGED_OBJECTS(Subject.NODE, "purged.objects", "Objects that the last purge of the node deleted."),
    PURGED_BYTES(Subject.NODE, "purged.bytes", "Bytes that the last purge of the node deleted."),
    PURGE_FINISHED(
            Subject.NODE,
            "purge.timestamp.seconds",
            "When the last purge of the node finished, in seconds since the epoch."),

    DELETE_ERROR(
            Subject.NODE, "delete.error", "delete-error", "Whether the last delete-backup failed: 1, otherwise 0."),
    DELETED_BACKUPS(Subject.NODE, "deleted.backups", "Backups that the last delete-backup deleted."),
    DELETED_OBJECTS(Subject.NODE, "deleted.objects", "Objects that the last delete-backup deleted."),
    DELETED_BYTES(Subject.NODE, "deleted.bytes", "Bytes that the last delete-backup deleted."),
    DELETE_FINISHED(
            Subject.NODE,
            "delete.timestamp.seconds",
            "When the last delete-backup finished, in seconds since the epoch."),

    DECOMMISSIONED_PURGE_ERROR(
            Subject.DECOMMISSIONED,
            "purge.error",
            "purge-error",
            "Whether the last purge-decommissioned failed: 1, otherwise 0."),
    DECOMMISSIONED_PURGED_BACKUPS(
            Subject.DECOMMISSIONED, "purged.backups", "Backups that the last purge-decommissioned deleted."),
    DECOMMISSIONED_PURGED_OBJECTS(
            Subject.DECOMMISSIONED, "purged.objects", "Objects that the last purge-decommissioned deleted."),
    DECOMMISSIONED_PURGED_BYTES(
            Subject.DECOMMISSIONED, "purged.bytes", "Bytes that the last purge-decommissioned deleted."),
    DECOMMISSIONED_PURGE_FINISHED(
            Subject.DECOMMISSIONED,
            "purge.timestamp.seconds",
            "When the last purge-decommissioned finished, in seconds since the epoch."),

    CLUSTER_BACKUP_DURATION(
            Subject.CLUSTER,
            "duration.seconds",
            "cluster-backup-duration",
            "Duration of the last complete backup-cluster, in seconds."),
    CLUSTER_BACKUP_ERROR(
            Subject.CLUSTER,
            "error",
            "cluster-backup-error",
            "Whether the last backup-cluster left nodes without a finished backup: 1, otherwise 0."),
    CLUSTER_BACKUP_AGE(
            Subject.CLUSTER,
            "age.seconds",
            "seconds-since-backup",
            "Seconds from the end of the last complete backup of the cluster to when this was measured."),
    CLUSTER_BACKUP_FINISHED(
            Subject.CLUSTER,
            "finished.timestamp.seconds",
            "When the last complete backup of the cluster finished, in seconds since the epoch."),
    CLUSTER_BACKUP_DUE(
            Subject.CLUSTER,
            "due.timestamp.seconds",
            "When the next backup of the cluster should be complete at the latest, in seconds since the epoch."),
    /** Of the nodes' views of the cluster, the one with the highest is the latest. */
    CLUSTER_BACKUP_OBSERVED(
            Subject.CLUSTER,
            "observed.timestamp.seconds",
            "When this node last looked at the backups of the cluster, in seconds since the epoch."),
    CLUSTER_BACKUP_RUNNING_NODES(
            Subject.CLUSTER, "running.nodes", "Nodes on which the latest backup of the cluster is running or waiting."),
    CLUSTER_BACKUP_FAILED_NODES(
            Subject.CLUSTER, "failed.nodes", "Nodes on which the latest backup of the cluster failed or died."),
    CLUSTER_BACKUP_COMPLETE_NODES(
            Subject.CLUSTER,
            "complete.nodes",
            "complete-backups-node-count",
            "Nodes that have finished the latest backup of the cluster."),
    CLUSTER_BACKUP_INCOMPLETE_NODES(
            Subject.CLUSTER,
            "incomplete.nodes",
            "incomplete-backups-node-count",
            "Nodes that have started but not finished the latest backup of the cluster."),
    CLUSTER_BACKUP_MISSING_NODES(
            Subject.CLUSTER,
            "missing.nodes",
            "missing-backups-node-count",
            "Nodes that have not started the latest backup of the cluster."),
    CLUSTER_BACKUP_SIZE(
            Subject.CLUSTER,
            "total.size.bytes",
            "backup-total-size",
            "Size of the latest backup of the cluster, in bytes."),
    CLUSTER_BACKUP_FILES(
            Subject.CLUSTER, "total.files", "backup-total-file-count", "Files in the latest backup of the cluster."),

    CLUSTER_RESTORE_DURATION(
            Subject.RESTORE,
            "duration.seconds",
            "restore-duration",
            "Duration of the last restore-cluster, in seconds."),
    CLUSTER_RESTORE_ERROR(
            Subject.RESTORE,
            "error",
            "restore-error",
            "Whether the last restore-cluster left nodes that are not restored: 1, otherwise 0."),

    VERIFY_FINDINGS(Subject.VERIFY, "findings", "Problems found by verifications on any host that none has cleared."),
    VERIFIED_BACKUPS(Subject.VERIFY, "backups", "Backups that the last verification checked."),
    VERIFY_READ(Subject.VERIFY, "read.bytes", "Bytes that the last verification read."),
    VERIFY_FINISHED(
            Subject.VERIFY, "timestamp.seconds", "When the last verification finished, in seconds since the epoch."),
    /** By the level; of all backups of the bucket, on whatever host. */
    VERIFIED_ALL(
            Subject.VERIFY,
            "all.timestamp.seconds",
            "When the last verification of all backups began, by its level, in seconds since the epoch."),

    /** By the kind of request. */
    STORE_REQUESTS(Subject.STORE, "requests", "Requests of the last command to the store, by kind."),
    STORE_RETRIES(Subject.STORE, "retries", "Requests of the last command to the store that were retried."),
    STORE_THROTTLED(Subject.STORE, "throttled", "Requests of the last command that the store asked to slow down."),

    /** By the program's version. */
    BUILD_INFO(Subject.BUILD, "info", "Always 1, with the version of Medusa.");

    /** The groups of metrics, by the first words of their names. */
    private enum Subject {
        NODE("medusa-node-backup"),
        DECOMMISSIONED("medusa-decommissioned-node-backup"),
        CLUSTER("medusa-cluster-backup"),
        RESTORE("medusa-cluster-restore"),
        VERIFY("medusa-verify"),
        STORE("medusa-store"),
        BUILD("medusa-build");

        private final String legacy;

        Subject(String legacy) {
            this.legacy = legacy;
        }
    }

    /**
     * The Python Medusa's name for it.
     *
     * @param name such as {@code medusa-node-backup}
     * @param what such as {@code backup-duration}
     */
    public record Legacy(String name, String what) {}

    private final String dotted;
    private final Subject subject;
    private final @Nullable String legacy;
    private final String help;

    Metric(Subject subject, String name, String help) {
        this(subject, name, null, help);
    }

    Metric(Subject subject, String name, @Nullable String legacy, String help) {
        this.dotted = dotted(subject, name);
        this.subject = subject;
        this.legacy = legacy;
        this.help = help;
    }

    private static String dotted(Subject subject, String name) {
        return subject.legacy.replace('-', '.') + "." + name;
    }

    /** With its unit, words separated by dots. */
    public String dotted() {
        return dotted;
    }

    /** What it says, with its unit. */
    public String help() {
        return help;
    }

    /** The tag that tells its values apart, where it has one. */
    String kindTag() {
        return this == BUILD_INFO ? "version" : "kind";
    }

    /** Its name for the providers that the Python Medusa also has; empty if they do not get it. */
    public Optional<Legacy> legacy() {
        return Optional.ofNullable(legacy).map(what -> new Legacy(subject.legacy, what));
    }
}
