package io.medusa.cassandra;

import io.medusa.model.Segments;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Tells keyspace directories from other entries of a data directory, such as {@code lost+found} or another user's files. */
public final class KeyspaceDirectories {
    /** The names that Cassandra allows for keyspaces. */
    private static final Pattern NAME = Pattern.compile("\\w+");

    private KeyspaceDirectories() {}

    /** Whether an entry of a data directory can be a keyspace; one of Cassandra's that cannot be read still can. */
    public static boolean canBe(Path entry) {
        if (!NAME.matcher(String.valueOf(entry.getFileName())).matches()) {
            return false;
        }
        try {
            return Files.isReadable(entry) || Files.getOwner(entry).equals(Files.getOwner(model(entry)));
        } catch (IOException unknown) {
            return true;
        }
    }

    /** Whether a directory is that of a table which a restore of the whole node replaces or removes. */
    public static boolean belongsToBackups(Path keyspace, Path table) {
        String keyspaceName = String.valueOf(keyspace.getFileName());
        String tableName = String.valueOf(table.getFileName());
        return !keyspaceName.startsWith(".")
                && !keyspaceName.equals(SystemKeyspaces.TRACES)
                && Segments.isSafe(keyspaceName)
                && Segments.isSafe(tableName)
                && !tableName.startsWith(".")
                && new TableDirectory(keyspaceName, tableName).id().isPresent();
    }

    /** An entry owned by the user that runs Cassandra: the data directory itself may be owned by root. */
    private static Path model(Path entry) {
        Path own = entry.resolveSibling("system");
        return Files.isDirectory(own) ? own : entry.resolveSibling(".");
    }
}
