package io.medusa.restore;

import io.medusa.model.Segments;
import io.medusa.os.Privileges;
import java.nio.file.Path;

/**
 * Keeps Cassandra from starting on a data directory that is half exchanged: an empty file with the name of an SSTable of a
 * version that no supported Cassandra reads. Its start-up check (Cassandra's {@code StartupChecks.checkSSTablesFormat}, 4.0 to
 * 5.0) ends the process and prints the file's path, which says what to do.
 */
final class StartGuard {
    /** The keyspace directory of the guard. */
    static final String DIRECTORY = "medusa_guard";

    private static final String MESSAGE = "a_restore_was_cut_off__run_medusa_restore_node_again";
    private static final String FILE = "la-1-big-Data.db";

    private final Privileges privileges;

    StartGuard(Privileges privileges) {
        this.privileges = privileges;
    }

    void raise(Path dataDirectory) {
        Path place = dataDirectory.resolve(DIRECTORY).resolve(MESSAGE + "-" + "0".repeat(32));
        if (!Segments.isSafe(String.valueOf(place.getFileName()))) {
            throw new IllegalStateException(place.toString());
        }
        privileges.makeTheirs(place);
        privileges.createEmpty(place.resolve(FILE));
    }

    void lower(Path dataDirectory) {
        privileges.remove(dataDirectory.resolve(DIRECTORY));
    }
}
