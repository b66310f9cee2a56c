package io.medusa.cluster;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.medusa.cassandra.Nodetool;
import io.medusa.cassandra.Snapshot;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes' own programs, run over SSH, because each knows how to reach its Cassandra. If a node's program is another one that cannot
 * take snapshots for others, nodetool does (docs/compatibility.md 10).
 */
public final class SshAgents implements NodeAgents {
    private static final Logger LOG = LoggerFactory.getLogger(SshAgents.class);
    private static final JsonFactory JSON = new JsonFactory();

    private final ClusterHosts nodes;
    private final NodeProgram program;
    private final Nodetool nodetool;
    private final boolean needsPassword;

    /**
     * The caller closes the nodes.
     *
     * @param needsPassword whether nodetool would need a password that only this program's configuration contains
     */
    public SshAgents(ClusterHosts nodes, NodeProgram program, Nodetool nodetool, boolean needsPassword) {
        this.nodes = nodes;
        this.program = program;
        this.nodetool = nodetool;
        this.needsPassword = needsPassword;
    }

    @Override
    public void check(ClusterBackupRequest request) {
        if (!Files.isDirectory(request.temporaryDirectory())) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "--temp-dir " + request.temporaryDirectory() + " is not a directory on this machine");
        }
    }

    private RemoteJob job(NodeName node, ClusterBackupRequest request) {
        return RemoteJob.of(
                request.temporaryDirectory(),
                "backup " + program.configFile() + program.globalOptions() + " " + request.name() + " " + node);
    }

    @Override
    public Earlier look(NodeName node, ClusterBackupRequest request) {
        String seen = nodes.run(node, job(node, request).look()).output().strip();
        if (seen.isEmpty()) {
            return Earlier.NOTHING;
        }
        return seen.equals("runs") ? Earlier.RUNS : Earlier.ENDED;
    }

    @Override
    public Taken takeSnapshot(NodeName node, BackupName backup, boolean keep) {
        List<String> words = new ArrayList<>(List.of("take-snapshot", "--backup-name", backup.value()));
        if (keep) {
            words.add("--keep-snapshot");
        }
        CommandResult result = either(node, backup, "snapshot", words.toArray(String[]::new));
        return new Taken(
                failure(result),
                result.isSuccess() || (result.wasSent() && result.exitStatus().isEmpty()),
                result.isSuccess() ? snapshot(result.output()) : Optional.empty());
    }

    /** What {@code take-snapshot} prints: one line of JSON. */
    private static Optional<BackupSnapshot> snapshot(String output) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = JSON.createParser(output)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue() && parser.currentName() != null) {
                    fields.put(parser.currentName(), parser.getText());
                }
            }
            String taken = fields.get("taken");
            return taken == null
                    ? Optional.empty()
                    : Optional.of(new BackupSnapshot(
                            Optional.ofNullable(fields.get("id")),
                            Instant.parse(taken),
                            Optional.ofNullable(fields.get("schema_version")),
                            Optional.ofNullable(fields.get("epoch")).stream()
                                    .mapToLong(Long::parseLong)
                                    .findFirst()));
        } catch (IOException | DateTimeException | NumberFormatException other) {
            // the text of another program
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> clearSnapshot(NodeName node, BackupName backup) {
        return failure(
                either(node, backup, "clearsnapshot", "clear-snapshots", "--backup-name", backup.value(), "--yes"));
    }

    /** @param own the words of the node's own program */
    private CommandResult either(NodeName node, BackupName backup, String verb, String... own) {
        CommandResult result = nodes.run(node, program.line(own));
        if (result.exitStatus().orElse(-1) != ClusterHosts.USAGE) {
            return result;
        }
        if (needsPassword) {
            return CommandResult.unreachable(
                    "its medusa cannot take snapshots for a coordinator, and nodetool would need a password on its"
                            + " command line. Set nodetool_password_file_path in [cassandra]");
        }
        return nodes.run(node, Shell.quoted(nodetool.words(verb, Snapshot.tagOf(backup))));
    }

    private static Optional<String> failure(CommandResult result) {
        return result.isSuccess() ? Optional.empty() : Optional.of(ClusterHosts.shellCause(result));
    }

    @Override
    public NodeFanOut.Work upload(NodeName node, ClusterBackupRequest request, Optional<String> snapshot) {
        RemoteJob job = job(node, request);
        List<String> words = new ArrayList<>(
                List.of("backup-node", "--backup-name", request.name().value()));
        request.stagger().ifPresent(wait -> words.addAll(List.of("--stagger", String.valueOf(wait.toSeconds()))));
        if (request.hashEverything()) {
            words.add("--enable-md5-checks");
        }
        words.addAll(List.of("--mode", request.mode().word()));
        if (request.keepSnapshot()) {
            words.add("--keep-snapshot");
        }
        if (request.useExistingSnapshot()) {
            words.add("--use-existing-snapshot");
        }
        snapshot.ifPresent(id -> words.addAll(List.of("--snapshot-id", id)));
        String command = job.run(program.line(List.of(), words));
        return new NodeFanOut.Work(
                () -> nodes.lastLine(node, job),
                () -> nodes.finish(node, job, command, ClusterHosts.NOTHING).cause());
    }

    @Override
    public void stop(NodeName node, ClusterBackupRequest request) {
        RemoteJob job = job(node, request);
        if (nodes.run(node, job.end()).output().strip().equals("runs")) {
            LOG.warn("{}: the backup has not stopped yet. Its log is {}/stderr", node, job.directory());
        }
    }
}
