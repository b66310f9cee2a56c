package io.medusa.backup;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the nodes of a ring upload one after another: each waits for the one before it in the order of their tokens
 * (docs/compatibility.md 11). Only a backup of the same round counts, not an earlier one.
 */
public final class Stagger {
    private static final Logger LOG = LoggerFactory.getLogger(Stagger.class);

    private final BackupCatalog catalog;
    private final Clock clock;
    private final Duration poll;

    /** @param poll the polling interval */
    public Stagger(BackupCatalog catalog, Clock clock, Duration poll) {
        this.catalog = catalog;
        this.clock = clock;
        this.poll = poll;
    }

    /** Returns when it is this node's turn. After the timeout, a node that has been backed up before proceeds. */
    void await(NodeName node, BackupName name, TokenMap ring, Duration atMost) {
        Optional<NodeName> previous = previous(ring, node);
        if (previous.isEmpty() || atMost.isZero()) {
            return;
        }
        Instant began = clock.instant();
        Instant end = began.plus(atMost);
        LOG.info("Waiting up to {} s for node {} to finish its backup", atMost.toSeconds(), previous.get());
        while (!hasFinished(previous.get(), name, began.minus(atMost))) {
            if (!clock.instant().isBefore(end)) {
                timedOut(node, previous.get(), atMost);
                return;
            }
            pause(end);
        }
    }

    private void timedOut(NodeName node, NodeName previous, Duration atMost) {
        String waited =
                "node " + previous + " did not finish its backup within the " + atMost.toSeconds() + " s of --stagger";
        if (catalog.latestNodeBackup(node).filter(NodeBackup::isFinished).isEmpty()) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    waited
                            + ". Increase --stagger, or check why that backup takes longer, then run this command again");
        }
        LOG.warn("Continuing although {}", waited);
    }

    private boolean hasFinished(NodeName previous, BackupName name, Instant since) {
        if (catalog.findNodeBackup(previous, name)
                .filter(NodeBackup::isFinished)
                .isPresent()) {
            return true;
        }
        return catalog.latestNodeBackup(previous)
                .filter(NodeBackup::isFinished)
                .filter(backup -> !backup.started().isBefore(since))
                .isPresent();
    }

    private void pause(Instant end) {
        Duration left = Duration.between(clock.instant(), end);
        Failures.pause(Duration.ofMillis(Math.max(1, Math.min(poll.toMillis(), left.toMillis()))));
    }

    private static Optional<NodeName> previous(TokenMap ring, NodeName node) {
        List<NodeName> order = ring.byTokens();
        int position = order.indexOf(node);
        return position > 0 ? Optional.of(order.get(position - 1)) : Optional.empty();
    }
}
