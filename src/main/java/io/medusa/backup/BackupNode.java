package io.medusa.backup;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Count;
import io.medusa.model.Manifest;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.os.ExclusiveLock;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.BackupSession;
import io.medusa.repository.BackupTarget;
import io.medusa.repository.NodePool;
import io.medusa.repository.RunTracker;
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
 * Backs up this node: claims the name, waits for its turn, takes a snapshot, uploads what the store does not have, publishes. A run that
 * fails or dies leaves an unfinished backup, which the same request resumes.
 */
public final class BackupNode {
    private static final Logger LOG = LoggerFactory.getLogger(BackupNode.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(2);

    private final BackupCatalog catalog;
    private final CassandraNode cassandra;
    private final TransferPool transfers;
    private final Stagger stagger;
    private final Duration betweenLooks;

    /** The caller closes all of them. */
    public BackupNode(BackupCatalog catalog, CassandraNode cassandra, TransferPool transfers, Stagger stagger) {
        this(catalog, cassandra, transfers, stagger, BETWEEN_LOOKS);
    }

    /** @param betweenLooks how long to wait for another writer that claims the node at the same time */
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
     * @param scope which tables to back up
     * @param scopeMustMatch whether every name and pattern of the scope must match a table
     * @param stagger how long to wait for the previous node in the ring; empty for not at all
     * @param hashEverything whether stored objects are compared by content instead of by digest and size
     * @param useExistingSnapshot whether to back up the existing snapshot that has the backup's name
     * @param snapshot the id of the snapshot that was taken for this backup; empty if there is none
     * @param temporaryDirectory for the lock and the marker of a running backup
     */
    public record Request(
            NodeName node,
            BackupName name,
            BackupMode mode,
            TableScope scope,
            boolean scopeMustMatch,
            Optional<Duration> stagger,
            boolean hashEverything,
            boolean keepSnapshot,
            boolean useExistingSnapshot,
            Optional<String> snapshot,
            Path temporaryDirectory) {
        /** A request without an earlier snapshot, all of whose scope must match. */
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
                    true,
                    stagger,
                    hashEverything,
                    keepSnapshot,
                    useExistingSnapshot,
                    Optional.empty(),
                    temporaryDirectory);
        }
    }

    /**
     * A finished backup.
     *
     * @param snapshot the snapshot it was made from
     * @param damaged files that were already damaged on the node; the backup contains them unchanged
     * @param phases the duration of each phase, in order
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
     * @throws MedusaException if it could not be finished; earlier backups are unchanged
     */
    public Result run(Request request) {
        return run(request, () -> {});
    }

    /**
     * The same, for a caller that must know when the backup has begun.
     *
     * @param begun runs once this machine shows that the backup is in progress: its lock is held and its marker exists
     */
    public Result run(Request request, Runnable begun) {
        long began = System.nanoTime();
        try (InProgress sign = InProgress.begin(request.temporaryDirectory(), request.node(), dataDirectory())) {
            begun.run();
            try (RunTracker run = catalog.track(target(request))) {
                return tracked(request, sign, run, began);
            }
        }
    }

    private Result tracked(Request request, InProgress sign, RunTracker run, long began) {
        try {
            Result result = backUp(request, sign, run, began);
            run.finished();
            return result;
        } catch (RuntimeException failed) {
            run.failed(failed);
            throw failed;
        }
    }

    /** What only one scheduler of this node holds on this machine. */
    ExclusiveLock scheduledLock(Request request) {
        return InProgress.lock(
                request.temporaryDirectory(), request.node(), dataDirectory(), "scheduled", "a scheduled backup");
    }

    /** Waits until nothing is running on this machine that such a backup would be refused for. */
    void awaitIdle(Request request, Duration atMost) {
        long began = System.nanoTime();
        boolean waited = false;
        while (!isIdle(request) && System.nanoTime() - began < atMost.toNanos()) {
            if (!waited) {
                LOG.info("Waiting until the backup or restore that is running on this node has finished");
                waited = true;
            }
            Failures.pause(BETWEEN_TRIES);
        }
    }

    private boolean isIdle(Request request) {
        try (InProgress sign = InProgress.begin(request.temporaryDirectory(), request.node(), dataDirectory())) {
            return true;
        } catch (MedusaException busy) {
            if (busy.kind() != FailureKind.BUSY) {
                throw busy;
            }
            return false;
        }
    }

    /** The first data directory; empty if it is unknown, which later steps report. */
    private Optional<Path> dataDirectory() {
        try {
            return cassandra.dataDirectories().stream().findFirst().filter(Files::isDirectory);
        } catch (MedusaException unknown) {
            return Optional.empty();
        }
    }

    /** What {@link #run} would do; takes no snapshot and writes nothing. */
    public BackupPlan plan(Request request) {
        catalog.refuseFinished(request.node(), request.name());
        SnapshotTables tables = plannedTables(request);
        // not tagged, which would read every file
        UploadPlan plan = plan(request, tables, rule(request, new ContentHashes(catalog), false));
        Map<TableDirectory, BackupCounts> counts = plan.counts();
        return new BackupPlan(
                request.name(),
                request.mode(),
                tables.files().keySet().stream()
                        .map(table -> new BackupPlan.Table(
                                table.qualifiedName(), counts.getOrDefault(table, BackupCounts.NONE)))
                        .toList(),
                catalog.freeSpace());
    }

    private SnapshotTables plannedTables(Request request) {
        if (!request.useExistingSnapshot()) {
            NodeDescription description = describe(request, false);
            return SnapshotTables.ofLive(cassandra.liveFiles(), description.tables(), request.scope());
        }
        // kept: only the backup may clear it
        try (Snapshot snapshot = cassandra.openSnapshot(request.name().value(), true)) {
            return tablesOf(snapshot, request);
        }
    }

    private static SnapshotTables tablesOf(Snapshot snapshot, Request request) {
        SnapshotTables.checkScope(snapshot.files().keySet(), request.scope(), request.scopeMustMatch());
        return SnapshotTables.of(snapshot, request.scope());
    }

    private UploadPlan plan(Request request, SnapshotTables tables, UploadRule rule) {
        NodePool pool = catalog.pool(request.node());
        return UploadPlan.of(
                tables.sstables(), pool.snapshot(rule.backup(), tables.places(), transfers), rule, transfers);
    }

    private UploadRule rule(Request request, ContentHashes hashes, boolean tagged) {
        Comparison comparison = new Comparison(request.hashEverything(), hashes, hashes::ofObject);
        return new UploadRule(target(request), catalog.layout(), comparison, tagged);
    }

    private static BackupTarget target(Request request) {
        return new BackupTarget(request.node(), request.name(), request.mode());
    }

    private Result backUp(Request request, InProgress sign, RunTracker run, long began) {
        Phases phases = new Phases("prepare", run::phase);
        NodeName node = request.node();
        catalog.refuseFinishedAndComplete(node, request.name());
        warnOfLeftovers(request);
        Optional<Snapshot> existing = existingSnapshot(request);
        BackupMetadata metadata = limited(describe(request, existing.isPresent()), request);
        warnIfUnknownToRing(request, metadata);
        WriterClaim writer = new WriterClaim(sign.lock(), sign.data(), betweenLooks);
        try (BackupSession session = catalog.begin(target(request), metadata, writer)) {
            phases.next("stagger");
            request.stagger().ifPresent(wait -> {
                run.begin();
                stagger.await(node, request.name(), metadata.tokenMap(), wait);
            });
            phases.next("snapshot");
            run.begin();
            try (Snapshot snapshot = existing.orElseGet(() -> takeSnapshot(request, session))) {
                session.describe(limited(snapshot.description(), request), snapshot.origin());
                session.keepClusterMetadata(snapshot.clusterMetadata());
                phases.next("compare");
                SnapshotTables tables = tablesOf(snapshot, request);
                ContentHashes hashes = new ContentHashes(catalog);
                UploadPlan plan = plan(request, tables, rule(request, hashes, session.mustTagKeys()));
                session.discard(plan.stale());
                phases.next("upload");
                MovedFiles moved = new FileMover(session, transfers.alsoShowing(run), plan, hashes).move(tables);
                phases.next("publish");
                NodeBackup published = session.publish(
                        new Manifest(moved.sections(), request.scope()),
                        moved.counts().uploadedBytes() + moved.counts().copiedBytes(),
                        transfers);
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

    private Optional<Snapshot> existingSnapshot(Request request) {
        return request.useExistingSnapshot()
                ? Optional.of(cassandra.openSnapshot(request.name().value(), request.keepSnapshot()))
                : Optional.empty();
    }

    /** Describes the node; refuses a scope that does not fit its tables. */
    private NodeDescription describe(Request request, boolean hasSnapshot) {
        NodeDescription description = cassandra.describe();
        // an existing snapshot may hold tables that have been dropped since
        if (!hasSnapshot && !cassandra.snapshotTags().contains(Snapshot.tagOf(request.name()))) {
            SnapshotTables.checkScope(description.tables(), request.scope(), request.scopeMustMatch());
        }
        return description;
    }

    private static BackupMetadata limited(NodeDescription description, Request request) {
        return description.metadata().limited(request.node(), request.scope());
    }

    private Snapshot takeSnapshot(Request request, BackupSession session) {
        Snapshot snapshot = cassandra.takeSnapshot(
                SnapshotRequest.of(request.name(), known(request, session)), request.keepSnapshot());
        request.snapshot()
                .filter(asked -> !snapshot.origin().id().equals(Optional.of(asked)))
                .ifPresent(asked ->
                        LOG.warn("The snapshot that was taken for this backup is missing: this one was taken later"));
        return snapshot;
    }

    /** The ids of this backup's snapshots, whoever took them. */
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
                    "{} of other backups {} disk space on this node: {}. Remove them with medusa clear-snapshots",
                    Count.of(leftovers.size(), "snapshot"),
                    leftovers.size() == 1 ? "uses" : "use",
                    String.join(", ", leftovers));
        }
    }

    private static void warnIfUnknownToRing(Request request, BackupMetadata metadata) {
        if (!metadata.tokenMap().names().contains(request.node())) {
            LOG.warn(
                    "This node backs up as {}, but the ring has {}: the cluster's backup will look incomplete. Set"
                            + " fqdn in [storage], or resolve_ip_addresses in [cassandra]",
                    request.node(),
                    metadata.tokenMap().names());
        }
    }
}
