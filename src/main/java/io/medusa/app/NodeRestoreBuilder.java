package io.medusa.app;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.TableSelection;
import io.medusa.restore.NodeRestoreRequest;
import io.medusa.restore.RestoreCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds the request of a node's restore. Starts from what the configuration wants. */
public final class NodeRestoreBuilder {
    private final BackupName name;
    private final RestoreCheck check;
    private NodeName source;
    private TableSelection selection = TableSelection.ALL;
    private Map<String, Replication> replications = Map.of();
    private NodeRestoreRequest.Target target = NodeRestoreRequest.Target.IN_PLACE;
    private boolean keepAuth;
    private List<String> seeds = List.of();
    private boolean verify;
    private boolean keepPrevious;
    private boolean stayDownOnFailure;
    private boolean sudo;
    private Path temporary;

    NodeRestoreBuilder(BackupName name, NodeName node, RestoreCheck check, boolean sudo, Path temporary) {
        this.name = name;
        this.source = node;
        this.check = check;
        this.sudo = sudo;
        this.temporary = temporary;
    }

    /** Of another node than the configured one. */
    public NodeRestoreBuilder source(NodeName node) {
        source = node;
        return this;
    }

    /** Only these tables. */
    public NodeRestoreBuilder selection(TableSelection tables) {
        selection = tables;
        return this;
    }

    /** With this replication of keyspaces that are created, by name; an empty one stands for all. */
    public NodeRestoreBuilder replications(Map<String, Replication> byKeyspace) {
        replications = byKeyspace;
        return this;
    }

    /** Takes the place of the backed-up node. */
    public NodeRestoreBuilder remote(boolean remote) {
        target = remote ? NodeRestoreRequest.Target.REMOTE : NodeRestoreRequest.Target.IN_PLACE;
        return this;
    }

    /** Keeps the roles and permissions of this node. */
    public NodeRestoreBuilder keepAuth(boolean keep) {
        keepAuth = keep;
        return this;
    }

    /** Waits for one of these hosts before the node is started. */
    public NodeRestoreBuilder seeds(List<String> hosts) {
        seeds = hosts;
        return this;
    }

    /** Runs the configured query on the restored node. */
    public NodeRestoreBuilder verify(boolean wanted) {
        verify = wanted;
        return this;
    }

    /** Keeps the previous data for an undo. */
    public NodeRestoreBuilder keepPrevious(boolean keep) {
        keepPrevious = keep;
        return this;
    }

    /** Leaves the node down after a swap that is rolled back. */
    public NodeRestoreBuilder stayDownOnFailure(boolean stay) {
        stayDownOnFailure = stay;
        return this;
    }

    /** Without sudo, whatever the configuration says. */
    public NodeRestoreBuilder withoutSudo() {
        sudo = false;
        return this;
    }

    /** With the lock in that directory; nothing for the usual one. */
    public NodeRestoreBuilder temporaryDirectory(Optional<Path> directory) {
        temporary = directory.orElse(temporary);
        return this;
    }

    /** The request. */
    public NodeRestoreRequest request() {
        return new NodeRestoreRequest(
                source,
                name,
                selection,
                replications,
                target,
                keepAuth,
                seeds,
                verify ? Optional.of(check) : Optional.empty(),
                keepPrevious,
                stayDownOnFailure,
                sudo,
                temporary);
    }
}
