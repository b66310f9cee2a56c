package io.medusa.restore;

import io.medusa.os.Privileges;
import java.nio.file.Path;

/**
 * Keeps Cassandra from starting on a half-swapped data directory: an empty file that is named like an SSTable component but
 * is none. Cassandra's start-up check (its {@code StartupChecks.checkSSTablesFormat}, 4.0 to 5.0) ends the process before
 * anything is opened, and prints the file's path, which says what to do.
 */
final class StartGuard {
    /** The file's name, which doubles as the message. */
    static final String FILE = "A_RESTORE_WAS_INTERRUPTED_run_medusa_restore-node_again.db";

    private final Privileges privileges;

    StartGuard(Privileges privileges) {
        this.privileges = privileges;
    }

    void raise(Path dataDirectory) {
        privileges.createEmpty(dataDirectory.resolve(FILE));
    }

    void lower(Path dataDirectory) {
        privileges.remove(dataDirectory.resolve(FILE));
    }
}
