package io.medusa.backup;

/**
 * How the files of a backup came into it.
 *
 * @param uploaded files read from the node and stored, repairs included
 * @param reused files that were in place already
 * @param copied files copied inside the store
 * @param repaired of the uploaded ones, those that older backups had lost
 */
public record BackupCounts(
        int uploaded, long uploadedBytes, int reused, long reusedBytes, int copied, long copiedBytes, int repaired) {
    /** Of nothing. */
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

    /** These and one more file. */
    BackupCounts plus(PlannedFile.Action action, long size) {
        return plus(
                switch (action) {
                    case UPLOAD -> new BackupCounts(1, size, 0, 0, 0, 0, 0);
                    case REPAIR -> new BackupCounts(1, size, 0, 0, 0, 0, 1);
                    case REUSE -> new BackupCounts(0, 0, 1, size, 0, 0, 0);
                    case COPY -> new BackupCounts(0, 0, 0, 0, 1, size, 0);
                });
    }

    /** All files. */
    public int files() {
        return uploaded + reused + copied;
    }

    /** All bytes. */
    public long bytes() {
        return uploadedBytes + reusedBytes + copiedBytes;
    }
}
