package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Background;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's commit log, before it is set aside: it contains acknowledged writes that are in no SSTable yet. A running
 * node is drained. The log of a node that is down can only be set aside together with all the data it belongs to.
 */
final class CommitLog {
    private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);

    private static final Duration DRAIN_AT_MOST = Duration.ofMinutes(10);
    private static final Duration REPORT = Duration.ofSeconds(15);

    private final CassandraYaml node;
    private final CassandraService service;
    private final Duration drainAtMost;
    private final Duration report;

    CommitLog(CassandraYaml node, CassandraService service) {
        this(node, service, DRAIN_AT_MOST, REPORT);
    }

    /**
     * With other limits.
     *
     * @param drainAtMost how long draining may take
     * @param report the interval between log lines meanwhile
     */
    CommitLog(CassandraYaml node, CassandraService service, Duration drainAtMost, Duration report) {
        this.node = node;
        this.service = service;
        this.drainAtMost = drainAtMost;
        this.report = report;
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
                drain();
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

    /** On a thread of its own: a node that hangs answers no call, and ends none. */
    private void drain() {
        LOG.info("Draining Cassandra");
        Background<Boolean> draining = Background.start("drain", () -> {
            service.drain();
            return true;
        });
        Duration waited = Duration.ZERO;
        while (!draining.awaitEnd(report)) {
            waited = waited.plus(report);
            if (waited.compareTo(drainAtMost) >= 0) {
                throw new MedusaException(
                        FailureKind.TIMEOUT,
                        "Cassandra has not drained within " + waited.toSeconds()
                                + " s. It may hang: see its log, and restart it. No data was changed");
            }
            LOG.info("Waiting for Cassandra to drain, for {} s", waited.toSeconds());
        }
        boolean unused = draining.await();
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
