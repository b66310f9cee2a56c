package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's commit log, before it is set aside: it contains acknowledged writes that are in no SSTable yet. A running
 * node is drained. The log of a node that is down can only be set aside together with all the data it belongs to.
 */
final class CommitLog {
    private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);

    private final CassandraYaml node;
    private final CassandraService service;

    CommitLog(CassandraYaml node, CassandraService service) {
        this.node = node;
        this.service = service;
    }

    /** Whether there are segments that the next start would replay. */
    boolean hasSegments() {
        return hasSegments(node);
    }

    /**
     * Ensures that setting the log aside loses no acknowledged write of a table that is not restored.
     *
     * @param wholeNode whether all tables are restored
     * @param what will be done, for the message
     * @return whether the log is known to contain nothing
     * @throws MedusaException if tables stay, and the node cannot be drained or is down with a log
     */
    boolean settle(boolean wholeNode, String what) {
        if (service.isUp()) {
            try {
                service.drain();
                return true;
            } catch (MedusaException failed) {
                if (!wholeNode || failed.kind() == FailureKind.INTERRUPTED) {
                    throw failed;
                }
                LOG.warn("Cannot drain the node before stopping it: {}", failed.getMessage());
                return false;
            }
        }
        boolean segments = hasSegments();
        if (segments && !wholeNode) {
            throw refused(node, what);
        }
        return !segments;
    }

    private static MedusaException refused(CassandraYaml node, String what) {
        return new MedusaException(
                FailureKind.CASSANDRA_UNREACHABLE,
                what + " was refused: Cassandra is down, and its commit log in " + node.commitLogDirectory()
                        + " may hold writes to other tables, which would be lost. No data was changed. Start Cassandra"
                        + " and run the same command again");
    }

    /** Refuses to restore single tables of a node that an interrupted restore left drained: it cannot be asked for its tables. */
    void refuseDrained() {
        if (service.isDrained()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "Cassandra runs, but is drained and serves no clients, so its tables cannot be looked up. Restart"
                            + " it, then run the same command again");
        }
    }

    /** Refuses to restore single tables of a node that is down with a commit log. */
    static void refuseSegments(CassandraYaml node) {
        if (hasSegments(node)) {
            throw refused(node, "restoring single tables");
        }
    }

    private static boolean hasSegments(CassandraYaml node) {
        Path directory = node.commitLogDirectory();
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.anyMatch(entry -> String.valueOf(entry.getFileName()).startsWith("CommitLog-"));
        } catch (NoSuchFileException none) {
            return false;
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
