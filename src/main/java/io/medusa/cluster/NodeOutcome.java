package io.medusa.cluster;

import io.medusa.model.NodeName;
import java.time.Duration;

/**
 * What came of one node.
 *
 * @param cause one line, empty unless it failed
 */
public record NodeOutcome(NodeName node, State state, String cause, Duration duration) {
    /** How it ended. */
    public enum State {
        /** It did its work. */
        DONE,
        /** It had done it before. */
        WAS_DONE,
        /** It failed. */
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

    /** Whether the node's part is there. */
    public boolean isDone() {
        return state != State.FAILED;
    }
}
