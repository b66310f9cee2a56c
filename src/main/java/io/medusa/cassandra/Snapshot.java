package io.medusa.cassandra;

import io.medusa.model.BackupName;
import io.medusa.model.TableDirectory;
import java.util.List;
import java.util.Map;

/** A snapshot of the node; closing clears it on the node unless it is to be kept. */
public interface Snapshot extends AutoCloseable {
    /** What the tags of backups' snapshots begin with. */
    String TAG_PREFIX = "medusa-";

    /** The tag of the snapshot of a backup. */
    static String tagOf(BackupName backup) {
        return TAG_PREFIX + backup;
    }

    /** Its tag, such as {@code medusa-monday}. */
    String tag();

    /** Whether it was taken just now; otherwise somebody made it earlier and it may leave tables out. */
    boolean isFresh();

    /** Its files by table; a table without files has an empty list. */
    Map<TableDirectory, List<SnapshotFile>> files();

    /** How many files it holds. */
    default int size() {
        return files().values().stream().mapToInt(List::size).sum();
    }

    /** Clears it unless it is to be kept; a failure to clear is reported as a warning, not thrown. */
    @Override
    void close();
}
