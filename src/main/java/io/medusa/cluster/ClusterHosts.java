package io.medusa.cluster;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.RemoteHosts;
import io.medusa.remote.Shell;
import io.medusa.transfer.LimitedPool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The nodes of a cluster as hosts that run commands. Thread-safe. */
public final class ClusterHosts {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterHosts.class);
    static final byte[] NOTHING = new byte[0];
    /** The exit status of a program that does not know the command or an option. */
    static final int USAGE = 2;

    private static final int LOOK_AGAIN = 5;
    private static final Duration BEFORE_LOOKING = Duration.ofSeconds(5);
    private static final int LOGGED_LINES = 60;
    /** The exit status of a node that finished although source files were damaged. */
    private static final int DAMAGED = 3;

    private final RemoteHosts hosts;
    private final Shell shell;
    private final ClusterView view;

    /** The caller closes all of them. */
    public ClusterHosts(RemoteHosts hosts, Shell shell, ClusterView view) {
        this.hosts = hosts;
        this.shell = shell;
        this.view = view;
    }

    /** Runs a short command. */
    CommandResult run(NodeName node, String command) {
        return hosts.run(node.value(), shell.wrap(command), NOTHING);
    }

    /** Runs work on nodes and shows progress, see {@link NodeFanOut#run}. */
    List<NodeOutcome> each(
            String what, List<NodeName> names, LimitedPool<NodeName> limits, Function<NodeName, NodeFanOut.Work> work) {
        return new NodeFanOut(view).run(what, names, limits, work);
    }

    /** The last line that a job logged. */
    Optional<String> lastLine(NodeName node, RemoteJob job) {
        CommandResult result = run(node, job.tail(1));
        return result.isSuccess() ? Optional.of(LogLines.message(result.output())) : Optional.empty();
    }

    /**
     * How a job ended.
     *
     * @param status its exit status, or -1 if unknown
     * @param cause why it failed, if it did
     */
    record Ended(int status, Optional<String> cause) {}

    /** Like {@link #finish}, but first clears what an earlier job left; waits for one that is still running. */
    Ended start(NodeName node, RemoteJob job, String command, byte[] input) {
        var unused = run(node, job.look());
        return finish(node, job, command, input);
    }

    /** The work of a job on one node, regardless of what an earlier one left. */
    NodeFanOut.Work job(NodeName node, RemoteJob job, String command, byte[] input) {
        return new NodeFanOut.Work(() -> lastLine(node, job), () -> start(node, job, command, input)
                .cause());
    }

    /**
     * Runs a job to its end, reconnecting as often as necessary.
     *
     * @param input content of its file, see {@link RemoteJob#runWithFile}
     * @return how it ended
     */
    Ended finish(NodeName node, RemoteJob job, String command, byte[] input) {
        CommandResult result = hosts.run(node.value(), shell.wrap(command), input);
        for (int again = 0; result.exitStatus().isEmpty() && (result.wasSent() || again > 0); again++) {
            if (again == LOOK_AGAIN) {
                return new Ended(-1, Optional.of(result.errors() + ". The node possibly continues its work"));
            }
            LOG.warn("{}: {}. Its command continues there: reconnecting", node, result.errors());
            Failures.pause(BEFORE_LOOKING);
            result = hosts.run(node.value(), shell.wrap(command), input);
        }
        if (result.isSuccess() || result.exitStatus().orElse(-1) == DAMAGED) {
            if (!result.isSuccess()) {
                LOG.warn(
                        "{}: some files were already damaged on the node and are backed up as they are: {}",
                        node,
                        cause(node, job, result));
            }
            var unused = run(node, job.remove());
            return new Ended(0, Optional.empty());
        }
        return new Ended(
                result.exitStatus().orElse(-1),
                Optional.of(
                        result.exitStatus().isEmpty()
                                ? result.errors()
                                : cause(node, job, result) + " (its log: " + job.directory() + "/stderr)"));
    }

    /**
     * Ends the work if any node failed.
     *
     * @param consequence the consequence for the other nodes
     */
    static void failIfAny(List<NodeOutcome> outcomes, String consequence) {
        List<NodeOutcome> failed =
                outcomes.stream().filter(outcome -> !outcome.isDone()).toList();
        failed.forEach(outcome -> LOG.error("Failed: {}: {}", outcome.node(), outcome.cause()));
        if (!failed.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    failed.size() + " of " + outcomes.size() + " nodes failed, first "
                            + failed.get(0).node() + ". " + consequence);
        }
    }

    /** What the node's own log says, else what its shell said. */
    private String cause(NodeName node, RemoteJob job, CommandResult failed) {
        Optional<String> logged =
                LogLines.cause(run(node, job.tail(LOGGED_LINES)).output());
        return logged.orElseGet(() -> shellCause(failed));
    }

    /** Why a command failed that has no log of its own. */
    static String shellCause(CommandResult failed) {
        if (failed.exitStatus().isEmpty()) {
            return failed.errors();
        }
        int status = failed.exitStatus().getAsInt();
        String last = LogLines.cause(failed.errors()).orElse("");
        if (status == 127) {
            return last
                    + ". medusa and medusa-wrapper must be on the PATH of SSH commands, for example as links in"
                    + " /usr/bin";
        }
        return last.isEmpty() ? "exit status " + status : last;
    }
}
