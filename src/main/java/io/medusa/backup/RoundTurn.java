package io.medusa.backup;

import io.medusa.cassandra.CassandraNode;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Round;
import io.medusa.model.TokenMap;
import io.medusa.os.ExclusiveLock;
import io.medusa.repository.BackupCatalog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's turn in a round of scheduled backups. Only one scheduler has it at a time on this machine, and only if the node should
 * take part.
 */
public final class RoundTurn implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoundTurn.class);
    /** The clocks of this machine and of the store may differ by so much. */
    private static final Duration CLOCKS_DIFFER_BY = Duration.ofHours(1);

    private final Optional<ExclusiveLock> lock;
    private final Optional<String> objection;
    private final boolean finished;

    private RoundTurn(Optional<ExclusiveLock> lock, Optional<String> objection, boolean finished) {
        this.lock = lock;
        this.objection = objection;
        this.finished = finished;
    }

    /** Why there is nothing to do, in one line; empty if the round is to be backed up now. */
    public Optional<String> objection() {
        return objection;
    }

    /** Whether the node has finished the round. */
    public boolean isFinished() {
        return finished;
    }

    /** What a node that has finished a round says of it. */
    public static String finishedAlready(Round round, NodeName node) {
        return "Backup " + round.name() + " of node " + node + " is finished already. The next round begins at "
                + round.next();
    }

    @Override
    public void close() {
        lock.ifPresent(ExclusiveLock::close);
    }

    /** Decides whose turn it is. */
    static final class Taking {
        private final BackupCatalog catalog;
        private final CassandraNode cassandra;
        private final BackupNode backups;
        private final Round round;
        private final BackupNode.Request request;

        Taking(
                BackupCatalog catalog,
                CassandraNode cassandra,
                BackupNode backups,
                Round round,
                BackupNode.Request request) {
            this.catalog = catalog;
            this.cassandra = cassandra;
            this.backups = backups;
            this.round = round;
            this.request = request;
        }

        RoundTurn take(Clock clock) {
            Optional<NodeBackup> before = own();
            if (before.isPresent()) {
                return finished(Optional.empty(), before.get());
            }
            ExclusiveLock lock;
            try {
                lock = backups.scheduledLock(request);
            } catch (MedusaException held) {
                if (held.kind() != FailureKind.BUSY) {
                    throw held;
                }
                LOG.debug("{}", held.getMessage());
                return new RoundTurn(
                        Optional.empty(),
                        Optional.of("Another scheduler of this node is at work on its backups: backup " + round.name()
                                + " is left to it"),
                        false);
            }
            try {
                backups.awaitIdle(request, Duration.between(clock.instant(), round.next()));
                Optional<NodeBackup> meanwhile = own();
                if (meanwhile.isPresent()) {
                    return finished(Optional.of(lock), meanwhile.get());
                }
                return new RoundTurn(
                        Optional.of(lock), isLateToTheRing() ? Optional.of(notYet()) : Optional.empty(), false);
            } catch (RuntimeException failed) {
                lock.close();
                throw failed;
            }
        }

        private Optional<NodeBackup> own() {
            return catalog.findNodeBackup(request.node(), round.name()).filter(NodeBackup::isFinished);
        }

        /** @throws MedusaException if it cannot be of this round */
        private RoundTurn finished(Optional<ExclusiveLock> lock, NodeBackup own) {
            Instant earliest = round.due().minus(CLOCKS_DIFFER_BY);
            if (own.started().isBefore(earliest)) {
                throw new MedusaException(
                        FailureKind.BACKUP_EXISTS,
                        "backup " + round.name() + " of this node is finished, but it is of " + own.started()
                                + ", before it was due: the clock of this machine was wrong then, or that of the store."
                                + " Check them, and back up under another name with --backup-name");
            }
            return new RoundTurn(lock, Optional.of(finishedAlready(round, request.node())), true);
        }

        private String notYet() {
            return "Node " + request.node() + " was not in the ring yet when backup " + round.name()
                    + " began. It takes part from the next round on, which begins at " + round.next();
        }

        /**
         * Whether the node has joined the ring, or its datacenter the cluster, since the round began: the others' backups are complete
         * without it, and its data would be of a later moment.
         */
        private boolean isLateToTheRing() {
            Optional<TokenMap> theirs = catalog.findClusterBackup(round.name())
                    .map(ClusterBackup::tokenMap)
                    .filter(ring -> !ring.nodes().isEmpty() && !ring.names().contains(request.node()));
            if (theirs.isEmpty()) {
                return false;
            }
            Optional<TokenMap.Node> self = self();
            // a node that goes by another name in the ring cannot be told from a new one
            return self.filter(node -> node.datacenter() != null
                            && !theirs.get().otherDatacenters().contains(String.valueOf(node.datacenter())))
                    .isPresent();
        }

        private Optional<TokenMap.Node> self() {
            try {
                return Optional.ofNullable(
                        cassandra.describe().metadata().tokenMap().nodes().get(request.node()));
            } catch (MedusaException unknown) {
                if (unknown.kind() == FailureKind.INTERRUPTED) {
                    throw unknown;
                }
                // the backup will say why
                return Optional.empty();
            }
        }
    }
}
