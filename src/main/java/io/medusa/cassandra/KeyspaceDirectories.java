package io.medusa.cassandra;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Tells the directories of keyspaces from what else is in a data directory: {@code lost+found}, or what another user keeps there. */
public final class KeyspaceDirectories {
    /** What Cassandra takes as the name of a keyspace. */
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

    /** What belongs to the user that runs Cassandra: a data directory itself can be root's. */
    private static Path model(Path entry) {
        Path own = entry.resolveSibling("system");
        return Files.isDirectory(own) ? own : entry.resolveSibling(".");
    }
}
