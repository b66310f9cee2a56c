package io.medusa.cluster;

import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import io.medusa.repository.ReadLease;
import io.medusa.transfer.LimitedPool;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Restores node by node: all nodes stage, then all stop, then each swaps its data and starts. */
final class NodeByNodeRestore {
    private static final Logger LOG = LoggerFactory.getLogger(NodeByNodeRestore.class);
    /** A node whose swap is reverted must not join the restored ones with its previous data. */
    private static final String STAY_DOWN = "--stay-down-on-failure";

    private final ClusterRestoreRequest request;
    private final ClusterHosts nodes;
    private final RestoreCommands commands;
    /** Nodes whose program does not know the options beside those of docs/compatibility.md 15.6. */
    private final Set<NodeName> unaware = ConcurrentHashMap.newKeySet();

    NodeByNodeRestore(ClusterRestoreRequest request, ClusterHosts nodes, NodeProgram program) {
        this.request = request;
        this.nodes = nodes;
        this.commands = new RestoreCommands(request, program);
    }

    /** Returns the outcome of each node. Throws if it ended before anything was changed. */
    List<NodeOutcome> run(ClusterRestorePlan plan, ReadLease lease) {
        Map<NodeName, Move> moves = new LinkedHashMap<>();
        plan.moves().stream()
                // the seeds, which others wait for
                .sorted(Comparator.comparing(move -> !move.seed()))
                .forEach(move -> moves.put(move.target(), move));
        List<NodeName> targets = List.copyOf(moves.keySet());
        LimitedPool<NodeName> limits = new LimitedPool<>(request.parallel());
        ClusterHosts.failIfAny(
                nodes.each("Checking", targets, limits, target -> new NodeFanOut.Work(() -> probe(target))),
                "Nothing has been changed on any node. medusa doctor --cluster checks all of them.");
        ClusterHosts.failIfAny(
                nodes.each("Staging", targets, limits, target -> stage(move(moves, target))),
                "Nothing has been changed on any node. The same command resumes from what is staged.");
        lease.confirm("Nothing has been changed on any node.");
        stopAll(targets);
        LOG.info("All nodes have staged their data: swapping it and starting them");
        List<NodeOutcome> outcomes =
                nodes.each("Restoring", targets, limits, target -> restore(plan, move(moves, target)));
        describe(outcomes);
        return outcomes;
    }

    /** Before hours are spent on downloads: whether the node could be stopped and started. Staging checks the rest. */
    private Optional<String> probe(NodeName target) {
        return List.of(
                        new CommandProbe("stop_cmd", request.stopCommand()),
                        new CommandProbe("start_cmd", request.startCommand()))
                .stream()
                .flatMap(probe -> probe.problem(nodes.run(target, probe.line())).stream())
                .findFirst();
    }

    /** Logs the state of a ring that is only partly restored. */
    private void describe(List<NodeOutcome> outcomes) {
        List<NodeName> failed = outcomes.stream()
                .filter(outcome -> !outcome.isDone())
                .map(NodeOutcome::node)
                .toList();
        if (failed.isEmpty()) {
            return;
        }
        LOG.error(
                "Restored and started: {}",
                joined(outcomes.stream()
                        .filter(NodeOutcome::isDone)
                        .map(NodeOutcome::node)
                        .toList()));
        List<NodeName> down =
                failed.stream().filter(node -> !unaware.contains(node)).toList();
        if (!down.isEmpty()) {
            LOG.error(
                    "Left down, unless its error says that the restored data is in place: {}. Do not start them by"
                            + " hand: with their previous data they would bring back what the others no longer have. Fix"
                            + " the cause, then run the same restore-cluster command again",
                    joined(down));
        }
        List<NodeName> maybeUp = failed.stream().filter(unaware::contains).toList();
        if (!maybeUp.isEmpty()) {
            LOG.error(
                    "Possibly running with their previous data, since they have another version of medusa: {}. Stop"
                            + " them, then run the same restore-cluster command again",
                    joined(maybeUp));
        }
    }

    private static String joined(List<NodeName> names) {
        return names.isEmpty() ? "none" : names.stream().map(NodeName::value).collect(Collectors.joining(", "));
    }

    private static Move move(Map<NodeName, Move> moves, NodeName target) {
        return Objects.requireNonNull(moves.get(target));
    }

    private NodeFanOut.Work stage(Move move) {
        RemoteJob job = commands.job("stage", move);
        List<String> words = commands.words(move, List.of());
        words.addAll(List.of("--stage-only", STAY_DOWN));
        String command = job.run(commands.program().line(commands.source(move), words));
        return new NodeFanOut.Work(() -> nodes.lastLine(move.target(), job), () -> {
            ClusterHosts.Ended ended = nodes.start(move.target(), job, command, ClusterHosts.NOTHING);
            if (ended.status() == ClusterHosts.USAGE) {
                unaware.add(move.target());
                LOG.warn(
                        "{} runs a version of medusa that cannot stage in advance: it downloads its data while it is"
                                + " down",
                        move.target());
                return Optional.empty();
            }
            return ended.cause();
        });
    }

    /** Old and new data must never meet in one ring. */
    private void stopAll(List<NodeName> targets) {
        List<NodeOutcome> stopped = nodes.each(
                "Stopping",
                targets,
                new LimitedPool<>(request.parallel()),
                target -> new NodeFanOut.Work(() -> {
                    CommandResult result = nodes.run(target, Shell.quoted(request.stopCommand()));
                    if (result.exitStatus().isEmpty()) {
                        return Optional.of(result.errors());
                    }
                    if (!result.isSuccess()) {
                        LOG.info(
                                "{}: stop_cmd ended with exit status {}",
                                target,
                                result.exitStatus().getAsInt());
                    }
                    return Optional.empty();
                }));
        if (stopped.stream().allMatch(NodeOutcome::isDone)) {
            return;
        }
        LOG.warn("Cannot stop every node: starting those that were stopped");
        var unused = nodes.each(
                "Starting",
                stopped.stream()
                        .filter(NodeOutcome::isDone)
                        .map(NodeOutcome::node)
                        .toList(),
                new LimitedPool<>(request.parallel()),
                target -> new NodeFanOut.Work(() -> {
                    CommandResult result = nodes.run(target, Shell.quoted(request.startCommand()));
                    return result.isSuccess() ? Optional.empty() : Optional.of(ClusterHosts.shellCause(result));
                }));
        ClusterHosts.failIfAny(stopped, "No data has been changed on any node.");
    }

    private NodeFanOut.Work restore(ClusterRestorePlan plan, Move move) {
        List<String> seeds = plan.moves().stream()
                .filter(Move::seed)
                .map(seed -> seed.target().value())
                .toList();
        RemoteJob job = commands.job("restore", move);
        List<String> words = commands.words(move, seeds);
        if (!unaware.contains(move.target())) {
            words.add(STAY_DOWN);
        }
        String command = job.run(commands.program().line(commands.source(move), words));
        return nodes.job(move.target(), job, command, ClusterHosts.NOTHING);
    }
}
