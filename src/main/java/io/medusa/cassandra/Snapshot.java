package io.medusa.cassandra;

import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.TableDirectory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A snapshot of the node; closing it clears the snapshot unless it is to be kept. */
public interface Snapshot extends AutoCloseable {
    /** The prefix of the tags of backups' snapshots. */
    String TAG_PREFIX = "medusa-";

    /** The tag of the snapshot of a backup. */
    static String tagOf(BackupName backup) {
        return TAG_PREFIX + backup;
    }

    /** Its tag, such as {@code medusa-monday}. */
    String tag();

    /** When it was taken, and what is known about it. */
    BackupSnapshot origin();

    /**
     * The node as it was when the snapshot was taken. If the snapshot was not taken by this program: as it is now, with the definitions
     * that Cassandra put beside the snapshot's files where they differ.
     */
    NodeDescription description();

    /** Cassandra's dump of its cluster's metadata when the snapshot was taken; empty if there is none. */
    default Optional<byte[]> clusterMetadata() {
        return Optional.empty();
    }

    /** Whether Medusa took it, so that it contains every table of {@link #description}. */
    default boolean isOurs() {
        return origin().id().isPresent();
    }

    /** The tables among these that {@link #description} does not define, in order. */
    Set<TableDirectory> undefined(Collection<TableDirectory> tables);

    /** Its files by table; a table without files has an empty list. */
    Map<TableDirectory, List<SnapshotFile>> files();

    /** The number of its files. */
    default int size() {
        return files().values().stream().mapToInt(List::size).sum();
    }

    /** Clears it unless it is to be kept; a failure to clear is reported as a warning, not thrown. */
    @Override
    void close();
}
