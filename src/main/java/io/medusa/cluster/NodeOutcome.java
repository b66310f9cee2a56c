package io.medusa.cluster;

import io.medusa.model.NodeName;
import java.time.Duration;

/**
 * The outcome on one node.
 *
 * @param cause why it failed, in one line; empty if it did not
 */
public record NodeOutcome(NodeName node, State state, String cause, Duration duration) {
    /** How it ended. */
    public enum State {
        /** The work succeeded. */
        DONE,
        /** The work had been done before. */
        WAS_DONE,
        /** The work failed. */
        FAILED
    }

    static NodeOutcome done(NodeName node, Duration duration) {
        return new NodeOutcome(node, State.DONE, "", duration);
    }

    static NodeOutcome wasDone(NodeName node) {
        return new NodeOutcome(node, State.WAS_DONE, "", Duration.ZERO);
    }

    static NodeOutcome failed(NodeName node, String cause, Duration duration) {
        return new NodeOutcome(node, State.FAILED, cause, duration);
    }

    /** Whether the node's part exists. */
    public boolean isDone() {
        return state != State.FAILED;
    }
}
