package io.medusa.doctor;

import io.medusa.cassandra.CassandraNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Compares the size of a node's newest backup with the free space beside its data, where a restore stages it. */
final class RestoreRoom {
    private static final long MEGABYTE = 1024 * 1024;

    private final BackupCatalog catalog;

    RestoreRoom(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    Check look(NodeName node, CassandraNode cassandra) {
        Optional<NodeBackup> newest = catalog.latestNodeBackup(node);
        long free = free(cassandra);
        if (newest.isEmpty()) {
            return new Check("restore: room", Outcome.OK, megabytes(free) + " free; this node has no backup yet");
        }
        long size = catalog.stored(newest.get()).stats().orThrow().size();
        String both =
                megabytes(free) + " free beside the data, and " + newest.get().name() + " has " + megabytes(size);
        return size <= free
                ? new Check("restore: room", Outcome.OK, both)
                : new Check(
                        "restore: room",
                        Outcome.WARNING,
                        both + ": a restore fits only if enough of its files are still on this node");
    }

    private static long free(CassandraNode cassandra) {
        long free = 0;
        Set<FileStore> counted = new HashSet<>();
        for (Path directory : cassandra.dataDirectories()) {
            try {
                FileStore store = Files.getFileStore(directory);
                free += counted.add(store) ? store.getUsableSpace() : 0;
            } catch (IOException failed) {
                throw Failures.ofFile("looking at the space of " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
        return free;
    }

    private static String megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }
}
