package io.medusa.backup;

import io.medusa.cassandra.SSTableName;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.TableDirectory;
import io.medusa.storage.ObjectSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The components of one SSTable in a snapshot, or a single file that belongs to none.
 *
 * @param files at least one, all of the same table and sub-directory
 */
record SourceFiles(List<SnapshotFile> files) {
    /** Groups a snapshot's files. */
    static List<SourceFiles> of(Map<TableDirectory, List<SnapshotFile>> tables) {
        List<SourceFiles> groups = new ArrayList<>();
        tables.values().forEach(files -> {
            Map<String, List<SnapshotFile>> bySSTable = new LinkedHashMap<>();
            for (SnapshotFile file : files) {
                String sstable = file.sstable().map(SSTableName::sstable).orElse(file.fileName());
                bySSTable
                        .computeIfAbsent(file.subdirectory() + "/" + sstable, absent -> new ArrayList<>())
                        .add(file);
            }
            bySSTable.values().forEach(group -> groups.add(new SourceFiles(List.copyOf(group))));
        });
        return groups;
    }

    TableDirectory table() {
        return files.get(0).table();
    }

    long size() {
        return files.stream().mapToLong(SnapshotFile::size).sum();
    }

    /** The component that tells this SSTable from another of the same name. */
    Optional<SnapshotFile> digest() {
        return files.stream().filter(SourceFiles::isDigest).findFirst();
    }

    /**
     * The bytes of a file as they were when it was looked at. Building a secondary index appends to the list of components in place,
     * which the snapshot shares with the live SSTable by a link; everything else that changes while it is read is an error.
     */
    static ObjectSource read(SnapshotFile file) {
        boolean growsInPlace = file.sstable()
                .filter(name -> name.component().equals(SSTableName.TOC))
                .isPresent();
        return growsInPlace
                ? new ObjectSource.OfFileRange(file.path(), 0, file.size())
                : new ObjectSource.OfFile(file.path(), file.size());
    }

    static boolean isDigest(SnapshotFile file) {
        return file.sstable()
                .map(name -> name.component().equals(SSTableName.DIGEST))
                .orElse(false);
    }

    static boolean isCovered(SnapshotFile file) {
        return file.sstable().map(SSTableName::isCoveredByDigest).orElse(false);
    }
}
