package io.medusa.backup;

import io.medusa.cassandra.CassandraNode;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
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

/** Decides when it is this node's turn in a round of scheduled backups. */
public final class ScheduledRounds {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduledRounds.class);
    /** The clocks of this machine and of the store may differ by so much. */
    private static final Duration CLOCKS_DIFFER_BY = Duration.ofHours(1);

    private final BackupCatalog catalog;
    private final CassandraNode cassandra;
    private final BackupNode backups;
    private final Clock clock;

    /** The caller keeps and closes all of them. */
    public ScheduledRounds(BackupCatalog catalog, CassandraNode cassandra, BackupNode backups, Clock clock) {
        this.catalog = catalog;
        this.cassandra = cassandra;
        this.backups = backups;
        this.clock = clock;
    }

    /**
     * Takes this node's turn in a round; waits while another backup or a restore of the node is running, until the next round at most.
     * The caller closes the turn when the backup has ended.
     *
     * @throws MedusaException if the node cannot take part
     */
    public RoundTurn turn(Round round, BackupNode.Request request) {
        return new Taking(round, request).take();
    }

    /** One attempt. */
    private final class Taking {
        private final Round round;
        private final BackupNode.Request request;

        Taking(Round round, BackupNode.Request request) {
            this.round = round;
            this.request = request;
        }

        RoundTurn take() {
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
            return new RoundTurn(lock, Optional.of(RoundTurn.finishedAlready(round, request.node())), true);
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
