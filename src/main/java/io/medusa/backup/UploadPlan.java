package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.repository.StoredFiles;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The action for each file of a snapshot: upload, repair, copy or reuse.
 *
 * @param stored the objects in the store when the plan was made
 * @param keys finds another key for a file whose key turns out to be taken
 */
record UploadPlan(List<PlannedFile> files, StoredFiles stored, FilePlanner keys) {
    /** Compares SSTables with what is stored, several at once. */
    static UploadPlan of(
            List<SSTable<SnapshotFile>> sstables, StoredFiles stored, UploadRule rule, TransferPool transfers) {
        FilePlanner planner = new FilePlanner(rule, stored);
        List<PlannedFile> files = transfers.mapAll("Comparing", sstables, SSTable::size, planner::plan).stream()
                .flatMap(List::stream)
                .toList();
        return new UploadPlan(files, stored, planner);
    }

    /**
     * Objects of an earlier run of a full backup under keys that get other content. They are deleted first: a mixture would look like one
     * SSTable.
     */
    List<ObjectKey> stale() {
        return keys.plainKeysAreShared()
                ? List.of()
                : files.stream()
                        .filter(file -> file.action() != Action.REUSE)
                        .filter(file -> stored.find(
                                        file.file().table(), file.file().relativePath(), file.key())
                                .isPresent())
                        .map(PlannedFile::key)
                        .toList();
    }

    /** How many files and bytes of each table are uploaded, copied or reused. */
    Map<TableDirectory, BackupCounts> counts() {
        Map<TableDirectory, BackupCounts> counts = new TreeMap<>();
        for (PlannedFile file : files) {
            counts.merge(
                    file.file().table(),
                    BackupCounts.NONE.plus(file.action(), file.file().size()),
                    BackupCounts::plus);
        }
        return counts;
    }
}
