package io.medusa.cluster;

import io.medusa.model.NodeName;
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.LimitedPool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs work on the nodes of a cluster and shows its progress.
 *
 * @param view receives the progress of each node
 */
public record NodeFanOut(ClusterView view) {
    private static final Logger LOG = LoggerFactory.getLogger(NodeFanOut.class);

    /**
     * The work on one node.
     *
     * @param says the last log line of the node, if it has any
     */
    public record Work(Says says, Task task) {
        /** Work without log lines. */
        public Work(Task task) {
            this(Optional::empty, task);
        }
    }

    /** The last log line of a working node. */
    public interface Says {
        /** Fetches the line. */
        Optional<String> line();
    }

    /** The work itself. */
    public interface Task {
        /** Does the work. Returns why it failed; empty if it did not. */
        Optional<String> run();
    }

    /**
     * Runs work on nodes.
     *
     * @param what the activity in one word
     * @return the outcomes, in the order of the nodes
     */
    public List<NodeOutcome> run(
            String what, List<NodeName> nodes, LimitedPool<NodeName> limits, Function<NodeName, Work> work) {
        List<String> names = nodes.stream().map(NodeName::value).toList();
        Map<NodeName, Says> running = new ConcurrentHashMap<>();
        try (ClusterView.Phase phase = view.begin(what, names);
                Heartbeat ignored = listening(phase, running)) {
            return limits.mapAll(nodes, node -> {
                long began = System.nanoTime();
                Work own = work.apply(node);
                phase.started(node.value());
                running.put(node, own.says());
                Optional<String> failure;
                try {
                    failure = own.task().run();
                } finally {
                    running.remove(node);
                }
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                phase.ended(node.value(), failure.isEmpty(), failure.orElse(""));
                return failure.map(cause -> NodeOutcome.failed(node, cause, took))
                        .orElseGet(() -> NodeOutcome.done(node, took));
            });
        }
    }

    private Heartbeat listening(ClusterView.Phase phase, Map<NodeName, Says> running) {
        Duration interval = view.interval();
        return Heartbeat.start(
                interval.isZero() ? Duration.ofDays(1) : interval,
                () -> running.forEach((node, says) -> says.line().ifPresent(line -> {
                    if (running.containsKey(node)) {
                        phase.says(node.value(), line);
                    }
                })),
                failed -> LOG.debug("", failed));
    }
}
