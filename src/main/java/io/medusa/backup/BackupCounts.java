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
    /** All files. */
    public int files() {
        return uploaded + reused + copied;
    }

    /** All bytes. */
    public long bytes() {
        return uploadedBytes + reusedBytes + copiedBytes;
    }
}
