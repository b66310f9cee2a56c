package io.medusa.monitoring;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All metrics. Each has a name with its unit, in the convention of Prometheus and OpenTelemetry
 * ({@code medusa.node.backup.size.bytes} is {@code medusa_node_backup_size_bytes} in Prometheus); those that the Python Medusa sends
 * also have that name (docs/compatibility.md 21).
 */
public enum Metric {
    NODE_BACKUP_DURATION(Subject.NODE, "duration.seconds", "backup-duration"),
    NODE_BACKUP_SIZE(Subject.NODE, "size.bytes", "backup-size"),
    NODE_BACKUP_ERROR(Subject.NODE, "error", "backup-error"),
    NODE_BACKUP_DAMAGED_FILES(Subject.NODE, "damaged.files", "backup-damaged-files"),
    NODE_BACKUP_AGE(Subject.NODE, "age.seconds", "seconds-since-backup"),
    NODE_BACKUP_UPLOADED(Subject.NODE, "uploaded.bytes"),
    NODE_BACKUP_COPIED(Subject.NODE, "copied.bytes"),
    NODE_BACKUP_REUSED(Subject.NODE, "reused.bytes"),
    NODE_BACKUP_FINISHED(Subject.NODE, "finished.timestamp.seconds"),
    /** By the kind of failure. */
    NODE_BACKUP_FAILED(Subject.NODE, "failed"),

    PURGE_ERROR(Subject.NODE, "purge.error", "purge-error"),
    /** Grows while a purge of the service runs, as purged objects and bytes do. */
    PURGE_CHECKED(Subject.NODE, "purge.checked.backups"),
    PURGED_BACKUPS(Subject.NODE, "purged.backups"),
    PURGED_OBJECTS(Subject.NODE, "purged.objects"),
    PURGED_BYTES(Subject.NODE, "purged.bytes"),
    PURGE_FINISHED(Subject.NODE, "purge.timestamp.seconds"),

    DELETE_ERROR(Subject.NODE, "delete.error", "delete-error"),
    DELETED_BACKUPS(Subject.NODE, "deleted.backups"),
    DELETED_OBJECTS(Subject.NODE, "deleted.objects"),
    DELETED_BYTES(Subject.NODE, "deleted.bytes"),
    DELETE_FINISHED(Subject.NODE, "delete.timestamp.seconds"),

    DECOMMISSIONED_PURGE_ERROR(Subject.DECOMMISSIONED, "purge.error", "purge-error"),
    DECOMMISSIONED_PURGED_BACKUPS(Subject.DECOMMISSIONED, "purged.backups"),
    DECOMMISSIONED_PURGED_OBJECTS(Subject.DECOMMISSIONED, "purged.objects"),
    DECOMMISSIONED_PURGED_BYTES(Subject.DECOMMISSIONED, "purged.bytes"),
    DECOMMISSIONED_PURGE_FINISHED(Subject.DECOMMISSIONED, "purge.timestamp.seconds"),

    CLUSTER_BACKUP_DURATION(Subject.CLUSTER, "duration.seconds", "cluster-backup-duration"),
    CLUSTER_BACKUP_ERROR(Subject.CLUSTER, "error", "cluster-backup-error"),
    CLUSTER_BACKUP_AGE(Subject.CLUSTER, "age.seconds", "seconds-since-backup"),
    CLUSTER_BACKUP_FINISHED(Subject.CLUSTER, "finished.timestamp.seconds"),
    /** When the next one should be complete at the latest. */
    CLUSTER_BACKUP_DUE(Subject.CLUSTER, "due.timestamp.seconds"),
    CLUSTER_BACKUP_RUNNING_NODES(Subject.CLUSTER, "running.nodes"),
    CLUSTER_BACKUP_FAILED_NODES(Subject.CLUSTER, "failed.nodes"),
    CLUSTER_BACKUP_COMPLETE_NODES(Subject.CLUSTER, "complete.nodes", "complete-backups-node-count"),
    CLUSTER_BACKUP_INCOMPLETE_NODES(Subject.CLUSTER, "incomplete.nodes", "incomplete-backups-node-count"),
    CLUSTER_BACKUP_MISSING_NODES(Subject.CLUSTER, "missing.nodes", "missing-backups-node-count"),
    CLUSTER_BACKUP_SIZE(Subject.CLUSTER, "total.size.bytes", "backup-total-size"),
    CLUSTER_BACKUP_FILES(Subject.CLUSTER, "total.files", "backup-total-file-count"),

    CLUSTER_RESTORE_DURATION(Subject.RESTORE, "duration.seconds", "restore-duration"),
    CLUSTER_RESTORE_ERROR(Subject.RESTORE, "error", "restore-error"),

    VERIFY_FINDINGS(Subject.VERIFY, "findings"),
    VERIFIED_BACKUPS(Subject.VERIFY, "backups"),
    VERIFY_READ(Subject.VERIFY, "read.bytes"),
    VERIFY_FINISHED(Subject.VERIFY, "timestamp.seconds"),
    /** By the level; of all backups of the bucket, on whatever host. */
    VERIFIED_ALL(Subject.VERIFY, "all.timestamp.seconds"),

    /** By the kind of request. */
    STORE_REQUESTS(Subject.STORE, "requests"),
    STORE_RETRIES(Subject.STORE, "retries"),
    STORE_THROTTLED(Subject.STORE, "throttled");

    /** The groups of metrics, by the first words of their names. */
    private enum Subject {
        NODE("medusa-node-backup"),
        DECOMMISSIONED("medusa-decommissioned-node-backup"),
        CLUSTER("medusa-cluster-backup"),
        RESTORE("medusa-cluster-restore"),
        VERIFY("medusa-verify"),
        STORE("medusa-store");

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

    Metric(Subject subject, String name) {
        this.dotted = dotted(subject, name);
        this.subject = subject;
        this.legacy = null;
    }

    Metric(Subject subject, String name, String legacy) {
        this.dotted = dotted(subject, name);
        this.subject = subject;
        this.legacy = legacy;
    }

    private static String dotted(Subject subject, String name) {
        return subject.legacy.replace('-', '.') + "." + name;
    }

    /** With its unit, words separated by dots. */
    public String dotted() {
        return dotted;
    }

    /** Its name for the providers that the Python Medusa also has; empty if they do not get it. */
    public Optional<Legacy> legacy() {
        return Optional.ofNullable(legacy).map(what -> new Legacy(subject.legacy, what));
    }
}
