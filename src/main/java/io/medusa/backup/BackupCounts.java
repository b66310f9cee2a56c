package io.medusa.backup;

/**
 * Number and size of a backup's files, by how they got into it.
 *
 * @param uploaded files read from the node and stored, repairs included
 * @param reused files that were in place already
 * @param copied files copied inside the store
 * @param repaired uploaded files that restored missing or damaged objects of older backups
 */
public record BackupCounts(
        int uploaded, long uploadedBytes, int reused, long reusedBytes, int copied, long copiedBytes, int repaired) {
    /** All zero. */
    static final BackupCounts NONE = new BackupCounts(0, 0, 0, 0, 0, 0, 0);

    BackupCounts plus(BackupCounts other) {
        return new BackupCounts(
                uploaded + other.uploaded,
                uploadedBytes + other.uploadedBytes,
                reused + other.reused,
                reusedBytes + other.reusedBytes,
                copied + other.copied,
                copiedBytes + other.copiedBytes,
                repaired + other.repaired);
    }

    /** These counts plus one file. */
    BackupCounts plus(PlannedFile.Action action, long size) {
        return plus(
                switch (action) {
                    case UPLOAD -> new BackupCounts(1, size, 0, 0, 0, 0, 0);
                    case REPAIR -> new BackupCounts(1, size, 0, 0, 0, 0, 1);
                    case REUSE -> new BackupCounts(0, 0, 1, size, 0, 0, 0);
                    case COPY -> new BackupCounts(0, 0, 0, 0, 1, size, 0);
                });
    }

    /** The total number of files. */
    public int files() {
        return uploaded + reused + copied;
    }

    /** The total size in bytes. */
    public long bytes() {
        return uploadedBytes + reusedBytes + copiedBytes;
    }
}
