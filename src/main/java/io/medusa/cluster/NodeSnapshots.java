package io.medusa.cluster;

import io.medusa.cassandra.Nodetool;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import java.util.Optional;

/**
 * Snapshots on other nodes: by their own program, which knows how to reach its Cassandra, and where that is another that does not
 * know the command, by nodetool (compat.md 10).
 */
public final class NodeSnapshots {
    private final Nodes nodes;
    private final NodeProgram program;
    private final Nodetool nodetool;
    private final boolean needsPassword;

    /**
     * The nodes stay the caller's.
     *
     * @param needsPassword whether nodetool would need a password that only this program's configuration has
     */
    public NodeSnapshots(Nodes nodes, NodeProgram program, Nodetool nodetool, boolean needsPassword) {
        this.nodes = nodes;
        this.program = program;
        this.nodetool = nodetool;
        this.needsPassword = needsPassword;
    }

    /**
     * What came of taking a snapshot.
     *
     * @param failure why it was not taken, if so
     * @param mayBeThere whether it was taken, or nobody knows
     */
    record Taken(Optional<String> failure, boolean mayBeThere) {}

    /** Takes the snapshot of a backup. */
    Taken take(NodeName node, BackupName backup) {
        CommandResult result = either(node, backup, "snapshot", "take-snapshot", "--backup-name", backup.value());
        return new Taken(
                failure(result),
                result.isSuccess() || (result.wasSent() && result.exitStatus().isEmpty()));
    }

    /** Clears the snapshot of a backup; one that is not there is no failure. */
    Optional<String> clear(NodeName node, BackupName backup) {
        return failure(
                either(node, backup, "clearsnapshot", "clear-snapshots", "--backup-name", backup.value(), "--yes"));
    }

    /** @param own the words of the node's own program */
    private CommandResult either(NodeName node, BackupName backup, String verb, String... own) {
        CommandResult result = nodes.run(node, program.line(own));
        if (result.exitStatus().orElse(-1) != Nodes.USAGE) {
            return result;
        }
        if (needsPassword) {
            return CommandResult.unreachable(
                    "its medusa takes no snapshots for others, and nodetool would need a password on its command"
                            + " line: set nodetool_password_file_path in [cassandra]");
        }
        return nodes.run(node, Shell.quoted(nodetool.words(verb, "medusa-" + backup.value())));
    }

    private static Optional<String> failure(CommandResult result) {
        return result.isSuccess() ? Optional.empty() : Optional.of(Nodes.shellCause(result));
    }
}
