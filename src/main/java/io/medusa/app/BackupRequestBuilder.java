package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Builds the request of a backup. Starts from what the configuration wants. */
public final class BackupRequestBuilder {
    private final BackupName name;
    private final NodeName node;
    private final Path temporary;
    private BackupMode mode = BackupMode.DIFFERENTIAL;
    private TableScope scope;
    private boolean scopeMustMatch;
    private Optional<Duration> stagger = Optional.empty();
    private boolean compareHashes;
    private boolean keepSnapshot;
    private boolean useExistingSnapshot;
    private Optional<String> snapshot = Optional.empty();

    BackupRequestBuilder(BackupName name, NodeName node, TableScope scope, boolean compareHashes, Path temporary) {
        this.name = name;
        this.node = node;
        this.scope = scope;
        this.compareHashes = compareHashes;
        this.temporary = temporary;
    }

    /** In that mode. */
    public BackupRequestBuilder mode(BackupMode other) {
        mode = other;
        return this;
    }

    /** Limited to some tables, which must exist; nothing for those of the configuration, of which some may have been dropped. */
    public BackupRequestBuilder scope(Optional<TableScope> limited) {
        scopeMustMatch = limited.isPresent();
        scope = limited.orElse(scope);
        return this;
    }

    /** Waits so many seconds for the previous node in the ring; 0 for not at all. */
    public BackupRequestBuilder staggerSeconds(long seconds) {
        stagger = seconds > 0 ? Optional.of(Duration.ofSeconds(seconds)) : Optional.empty();
        return this;
    }

    /** Compares by hash if so, also if the configuration does not want it. */
    public BackupRequestBuilder compareHashes(boolean wanted) {
        compareHashes |= wanted;
        return this;
    }

    /** Keeps the snapshot on the node. */
    public BackupRequestBuilder keepSnapshot(boolean keep) {
        keepSnapshot = keep;
        return this;
    }

    /** Backs up the snapshot of the backup's bare name. */
    public BackupRequestBuilder useExistingSnapshot(boolean existing) {
        useExistingSnapshot = existing;
        return this;
    }

    /** Backs up the snapshot of that id, if it is there. */
    public BackupRequestBuilder snapshot(Optional<String> id) {
        snapshot = id;
        return this;
    }

    /** The request. */
    public BackupNode.Request request() {
        return new BackupNode.Request(
                node,
                name,
                mode,
                scope,
                scopeMustMatch,
                stagger,
                compareHashes,
                keepSnapshot,
                useExistingSnapshot,
                snapshot,
                temporary);
    }
}
