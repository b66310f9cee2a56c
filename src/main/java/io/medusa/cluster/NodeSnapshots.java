package io.medusa.cluster;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Snapshots on other nodes: by their own program, which knows how to reach its Cassandra, and where that is another that does not
 * know the command, by nodetool (compat.md 10).
 */
public final class NodeSnapshots {
    private static final int USAGE = 2;

    private final Nodes nodes;
    private final NodeProgram program;
    private final Nodetool nodetool;

    /** The nodes stay the caller's. */
    public NodeSnapshots(Nodes nodes, NodeProgram program, Nodetool nodetool) {
        this.nodes = nodes;
        this.program = program;
        this.nodetool = nodetool;
    }

    /**
     * How nodetool is called; a password is never among its words.
     *
     * @param needsPassword whether it would need a password that only this program's configuration has
     */
    public record Nodetool(
            String executable,
            List<String> flags,
            boolean tls,
            Optional<String> user,
            boolean needsPassword,
            Optional<String> passwordFile,
            Optional<String> host,
            OptionalInt port) {
        String line(String... words) {
            List<String> all = new ArrayList<>(List.of(executable));
            all.addAll(flags);
            if (tls) {
                all.add("--ssl");
            }
            user.ifPresent(name -> all.addAll(List.of("-u", name)));
            passwordFile.ifPresent(file -> all.addAll(List.of("-pwf", file)));
            host.ifPresent(name -> all.addAll(List.of("-h", name)));
            port.ifPresent(number -> all.addAll(List.of("-p", String.valueOf(number))));
            all.addAll(Arrays.asList(words));
            return Shell.quoted(all);
        }
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
        CommandResult result = either(
                node,
                program.line("take-snapshot", "--backup-name", backup.value()),
                nodetool.line("snapshot", "-t", tag(backup)));
        return new Taken(
                failure(result),
                result.isSuccess() || (result.wasSent() && result.exitStatus().isEmpty()));
    }

    /** Clears the snapshot of a backup; one that is not there is no failure. */
    Optional<String> clear(NodeName node, BackupName backup) {
        return failure(either(
                node,
                program.line("clear-snapshots", "--backup-name", backup.value(), "--yes"),
                nodetool.line("clearsnapshot", "-t", tag(backup))));
    }

    private static String tag(BackupName backup) {
        return "medusa-" + backup.value();
    }

    private CommandResult either(NodeName node, String own, String byNodetool) {
        CommandResult result = nodes.run(node, own);
        if (result.exitStatus().orElse(-1) != USAGE) {
            return result;
        }
        if (nodetool.needsPassword()) {
            return CommandResult.unreachable(
                    "its medusa takes no snapshots for others, and nodetool would need a password on its command"
                            + " line: set nodetool_password_file_path in [cassandra]");
        }
        return nodes.run(node, byNodetool);
    }

    private static Optional<String> failure(CommandResult result) {
        return result.isSuccess() ? Optional.empty() : Optional.of(Nodes.shellCause(result));
    }
}
