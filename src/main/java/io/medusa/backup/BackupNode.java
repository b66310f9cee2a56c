package io.medusa.backup;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Manifest;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.BackupSession;
import io.medusa.repository.BackupTarget;
import io.medusa.repository.WriterClaim;
import io.medusa.transfer.TransferPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backs up this node: takes the name, waits for its turn, takes a snapshot, uploads what the store does not have, publishes.
 * A run that fails or dies leaves an unfinished backup, which the same request takes up.
 */
public final class BackupNode {
    private static final Logger LOG = LoggerFactory.getLogger(BackupNode.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final BackupCatalog catalog;
    private final CassandraNode cassandra;
    private final TransferPool transfers;
    private final Stagger stagger;
    private final Duration betweenLooks;

    /** All of them stay the caller's to close. */
    public BackupNode(BackupCatalog catalog, CassandraNode cassandra, TransferPool transfers, Stagger stagger) {
        this(catalog, cassandra, transfers, stagger, BETWEEN_LOOKS);
    }

    /** @param betweenLooks how long to wait for a writer that claims the node at the same moment */
    public BackupNode(
            BackupCatalog catalog,
            CassandraNode cassandra,
            TransferPool transfers,
            Stagger stagger,
            Duration betweenLooks) {
        this.catalog = catalog;
        this.betweenLooks = betweenLooks;
        this.cassandra = cassandra;
        this.transfers = transfers;
        this.stagger = stagger;
    }

    /**
     * What to back up, and how.
     *
     * @param stagger how long to wait for the node before this one, if at all
     * @param scope which tables it is limited to
     * @param hashEverything whether stored objects are compared by content instead of by digest and size
     * @param useExistingSnapshot whether to back up the snapshot of the backup's bare name
     * @param snapshot the id of the snapshot that was taken for this backup before; nothing if whoever asks knows of none
     * @param temporaryDirectory for the lock and the marker of a running backup
     */
    public record Request(
            NodeName node,
            BackupName name,
            BackupMode mode,
            TableScope scope,
            Optional<Duration> stagger,
            boolean hashEverything,
            boolean keepSnapshot,
            boolean useExistingSnapshot,
            Optional<String> snapshot,
            Path temporaryDirectory) {
        /** By somebody who knows of no snapshot. */
        public Request(
                NodeName node,
                BackupName name,
                BackupMode mode,
                TableScope scope,
                Optional<Duration> stagger,
                boolean hashEverything,
                boolean keepSnapshot,
                boolean useExistingSnapshot,
                Path temporaryDirectory) {
            this(
                    node,
                    name,
                    mode,
                    scope,
                    stagger,
                    hashEverything,
                    keepSnapshot,
                    useExistingSnapshot,
                    Optional.empty(),
                    temporaryDirectory);
        }
    }

    /**
     * A finished backup, and what it took.
     *
     * @param snapshot what it was made of
     * @param damaged files that are in the backup as they are, though they are not as Cassandra wrote them
     * @param phases how long each took, in their order
     */
    public record Result(
            NodeBackup backup,
            BackupSnapshot snapshot,
            BackupCounts counts,
            List<DamagedFile> damaged,
            Duration duration,
            Map<String, Duration> phases) {}

    /**
     * Takes the backup.
     *
     * @throws MedusaException if it could not be finished; earlier backups are as they were
     */
    public Result run(Request request) {
        long began = System.nanoTime();
        try (InProgress sign = InProgress.begin(request.temporaryDirectory(), request.node(), dataDirectory())) {
            return backUp(request, sign, began);
        }
    }

    /** The first one; nothing where the node does not tell, which later steps report better. */
    private Optional<Path> dataDirectory() {
        try {
            return cassandra.dataDirectories().stream().findFirst().filter(Files::isDirectory);
        } catch (MedusaException unknown) {
            return Optional.empty();
        }
    }

    /** Tells what {@link #run} would do, without a snapshot and without writing anything. */
    public BackupPlan plan(Request request) {
        catalog.refuseFinished(request.node(), request.name());
        UploadPlanner planner = planner(request);
        List<BackupPlan.Table> tables = planner.forecast(target(request), planner.inScope(cassandra.liveFiles()));
        return new BackupPlan(request.name(), request.mode(), tables, catalog.freeSpace());
    }

    private static BackupTarget target(Request request) {
        return new BackupTarget(request.node(), request.name(), request.mode());
    }

    private UploadPlanner planner(Request request) {
        return new UploadPlanner(catalog, transfers, request.hashEverything(), request.scope());
    }

    private Result backUp(Request request, InProgress sign, long began) {
        Phases phases = new Phases("prepare");
        NodeName node = request.node();
        catalog.refuseFinishedAndComplete(node, request.name());
        warnOfLeftovers(request);
        Optional<Snapshot> existing = request.useExistingSnapshot()
                ? Optional.of(cassandra.openSnapshot(request.name().value(), request.keepSnapshot()))
                : Optional.empty();
        NodeDescription description = cassandra.describe();
        BackupMetadata metadata = description.metadata().limited(node, request.scope());
        boolean nothing =
                !description.tables().isEmpty() && description.tables().stream().noneMatch(request.scope()::includes);
        // a snapshot that is there already may hold tables that have been dropped since
        boolean taken = existing.isPresent() || cassandra.snapshotTags().contains(Snapshot.tagOf(request.name()));
        if (nothing && !taken) {
            throw UploadPlanner.nothingInScope(request.scope());
        }
        warnIfUnknownToRing(request, metadata);
        WriterClaim writer = new WriterClaim(sign.lock(), sign.data(), betweenLooks);
        try (BackupSession session = catalog.begin(target(request), metadata, writer)) {
            if (session.isResumed()) {
                LOG.info("Resuming the unfinished backup {}", request.name());
            }
            phases.next("stagger");
            request.stagger().ifPresent(wait -> stagger.await(node, request.name(), metadata.tokenMap(), wait));
            phases.next("snapshot");
            try (Snapshot snapshot = existing.orElseGet(() -> cassandra.takeSnapshot(
                    SnapshotRequest.of(request.name(), known(request, session)), request.keepSnapshot()))) {
                warnIfOther(request, snapshot.origin());
                session.describe(snapshot.description().metadata().limited(node, request.scope()), snapshot.origin());
                phases.next("compare");
                PlannedUpload plan = planner(request).plan(session, snapshot);
                phases.next("upload");
                MovedFiles moved = new FileMover(session, transfers, plan).move();
                phases.next("publish");
                NodeBackup published = session.publish(new Manifest(moved.sections(), request.scope()), transfers);
                return new Result(
                        published,
                        snapshot.origin(),
                        moved.counts(),
                        moved.damaged(),
                        Duration.ofNanos(System.nanoTime() - began),
                        phases.durations());
            }
        }
    }

    private static void warnIfOther(Request request, BackupSnapshot origin) {
        request.snapshot()
                .filter(asked -> !origin.id().equals(Optional.of(asked)))
                .ifPresent(asked ->
                        LOG.warn("The snapshot that was taken for this backup is gone: this one is of a later moment"));
    }

    /** The snapshots that are this backup's, whoever took them. */
    private static Set<String> known(Request request, BackupSession session) {
        Set<String> known = new HashSet<>();
        request.snapshot().ifPresent(known::add);
        if (session.isResumed()) {
            session.snapshot().flatMap(BackupSnapshot::id).ifPresent(known::add);
        }
        return known;
    }

    private void warnOfLeftovers(Request request) {
        String own = Snapshot.tagOf(request.name());
        List<String> leftovers = cassandra.snapshotTags().stream()
                .filter(tag -> tag.startsWith(Snapshot.TAG_PREFIX) && !tag.equals(own))
                .toList();
        if (!leftovers.isEmpty()) {
            LOG.warn(
                    "{} snapshots of other backups are still on the node and hold disk space: {}; remove them with:"
                            + " medusa clear-snapshots",
                    leftovers.size(),
                    String.join(", ", leftovers));
        }
    }

    private static void warnIfUnknownToRing(Request request, BackupMetadata metadata) {
        if (!metadata.tokenMap().names().contains(request.node())) {
            LOG.warn(
                    "This node calls itself {}, but the ring knows {}: the cluster's backup will look incomplete; set fqdn"
                            + " in [storage], or resolve_ip_addresses in [cassandra]",
                    request.node(),
                    metadata.tokenMap().names());
        }
    }
}
