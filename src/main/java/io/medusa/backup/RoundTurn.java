package io.medusa.backup;

import io.medusa.model.NodeName;
import io.medusa.model.Round;
import io.medusa.os.ExclusiveLock;
import java.util.Optional;

/**
 * This node's turn in a round of scheduled backups. Only one scheduler has it at a time on this machine, and only if the node should
 * take part.
 */
public final class RoundTurn implements AutoCloseable {
    private final Optional<ExclusiveLock> lock;
    private final Optional<String> objection;
    private final boolean finished;

    RoundTurn(Optional<ExclusiveLock> lock, Optional<String> objection, boolean finished) {
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
}
