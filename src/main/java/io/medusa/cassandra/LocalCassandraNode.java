package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.schema.SnapshotSchema;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node of this machine: its files on disk, its snapshots through one service, its description through another. */
public final class LocalCassandraNode implements CassandraNode {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCassandraNode.class);

    /** After this time, no backup still needs its snapshot. */
    static final Duration EXPIRY = Duration.ofDays(30);

    private static final int ATTEMPTS = 5;

    private final CassandraYaml yaml;
    private final SnapshotService service;
    private final Supplier<NodeDescription> description;
    private final SnapshotDirectories directories;
    private final SnapshotMarks marks;
    private final Clock clock;
    private final Duration pause;

    /**
     * The caller keeps and closes the services.
     *
     * @param description is called for every {@link #describe}
     * @param marks where to keep snapshot marks that cannot be written beside their snapshots
     * @param pause how long to wait before another snapshot is taken because the cluster has changed
     */
    public LocalCassandraNode(
            CassandraYaml yaml,
            SnapshotService service,
            Supplier<NodeDescription> description,
            Path marks,
            Clock clock,
            Duration pause) {
        this.yaml = yaml;
        this.service = service;
        this.description = description;
        this.directories = new SnapshotDirectories(yaml.allDataDirectories());
        this.marks = new SnapshotMarks(directories, marks);
        this.clock = clock;
        this.pause = pause;
    }

    @Override
    public NodeDescription describe() {
        return description.get();
    }

    @Override
    public Snapshot takeSnapshot(SnapshotRequest request, boolean keep) {
        String tag = request.tag();
        if (directories.exists(tag)) {
            Optional<Snapshot> usable = usable(request, keep);
            if (usable.isPresent()) {
                return usable.get();
            }
            clearToTakeAgain(tag);
        }
        for (int attempt = 1; ; attempt++) {
            LOG.info("Taking snapshot {}", tag);
            Instant began = clock.instant();
            NodeDescription before = describe();
            take(tag, keep);
            try {
                checkThere(tag);
                Optional<String> dump = clusterMetadata(before);
                NodeDescription after = describe();
                Map<TableDirectory, List<SnapshotFile>> files = directories.files(tag);
                Optional<String> change = before.changeUntil(after).or(() -> unknown(files.keySet(), before));
                if (change.isEmpty()) {
                    checkComplete(tag, files, before.tables());
                    SnapshotMark mark = mark(request, began, before.builtUntil(after), dump);
                    marks.write(tag, mark);
                    return new OnDisk(tag, keep || request.forLater(), Optional.of(mark), files);
                }
                if (attempt == ATTEMPTS) {
                    throw new MedusaException(
                            FailureKind.CASSANDRA_FAILED,
                            "taking snapshot " + tag + " failed: the cluster changed during each of " + ATTEMPTS
                                    + " attempts (" + change.get() + "). Run the same command again when nobody changes"
                                    + " its schema or, from Cassandra 6 on, its members");
                }
                LOG.info("Taking snapshot {} again, since the cluster changed meanwhile: {}", tag, change.get());
            } catch (MedusaException failed) {
                throw cleared(tag, failed);
            }
            clearToTakeAgain(tag);
            Failures.pause(pause);
        }
    }

    private void checkThere(String tag) {
        if (!directories.exists(tag)) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra reports snapshot " + tag + " as taken, but there is none below "
                            + yaml.allDataDirectories()
                            + ". Check that config_file in [cassandra] belongs to the node at nodetool_host and"
                            + " nodetool_port");
        }
    }

    /** Cassandra 6 reports a snapshot as taken although taking it failed for some tables. */
    private void checkComplete(
            String tag, Map<TableDirectory, List<SnapshotFile>> files, Set<TableDirectory> expected) {
        Set<TableDirectory> incomplete = directories.incomplete(tag, files, expected);
        if (!incomplete.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "taking snapshot " + tag + " failed: Cassandra reports it as taken, but it lacks "
                            + incomplete.stream()
                                    .limit(5)
                                    .map(TableDirectory::qualifiedName)
                                    .collect(Collectors.joining(", "))
                            + (incomplete.size() > 5 ? " and " + (incomplete.size() - 5) + " more" : "")
                            + ". Cassandra's log has the reason. Run the same command again");
        }
    }

    private static SnapshotMark mark(
            SnapshotRequest request, Instant began, NodeDescription described, Optional<String> clusterMetadata) {
        return new SnapshotMark(
                UUID.randomUUID().toString(),
                request.purpose(),
                request.forLater(),
                "user " + System.getProperty("user.name") + ", process "
                        + ProcessHandle.current().pid(),
                began,
                described,
                clusterMetadata);
    }

    /** The backup is as good without it, as long as the cluster does not lose its metadata. */
    private Optional<String> clusterMetadata(NodeDescription node) {
        if (!Release.keepsMetadataLog(node.metadata().version())) {
            return Optional.empty();
        }
        try {
            Optional<byte[]> dump = service.clusterMetadata();
            if (dump.isEmpty()) {
                LOG.info(
                        "The backup will contain no dump of the cluster's metadata: that needs JMX on the same machine and the"
                                + " user who runs Cassandra, or root");
            }
            return dump.map(Base64.getEncoder()::encodeToString);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            LOG.warn("The backup will contain no dump of the cluster's metadata: {}", failed.getMessage());
            return Optional.empty();
        }
    }

    /** Remains of one snapshot would look like a part of the next. */
    private void clearToTakeAgain(String tag) {
        clear(tag);
        directories.home(tag).ifPresent(left -> {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "clearing snapshot " + tag + " failed: " + left + " is still there. Remove it and run the same"
                            + " command again.");
        });
    }

    /** Whether the table existed only for a moment, between the two descriptions. */
    private static Optional<String> unknown(Set<TableDirectory> tables, NodeDescription known) {
        return tables.stream()
                .filter(table -> !SystemKeyspaces.isSystem(table.keyspace())
                        && !known.tables().contains(table)
                        && known.tables().stream().noneMatch(table::standsFor))
                .findFirst()
                .map(table -> "table " + table.qualifiedName() + " came and went");
    }

    /** The existing snapshot, if it can be used; otherwise logs why not. */
    private Optional<Snapshot> usable(SnapshotRequest request, boolean keep) {
        String tag = request.tag();
        Optional<SnapshotMark> mark = marks.read(tag);
        LeftoverSnapshot left = new LeftoverSnapshot(
                tag,
                mark,
                mark.map(SnapshotMark::taken).orElseGet(() -> directories.madeAt(tag)),
                keep && directories.expires(tag));
        Instant now = clock.instant();
        Map<TableDirectory, List<SnapshotFile>> files = new TreeMap<>();
        Optional<String> against = left.objection(request, now).or(() -> {
            files.putAll(directories.files(tag));
            return isComplete(tag, files, mark) ? Optional.empty() : Optional.of("it is not complete");
        });
        if (against.isPresent()) {
            LOG.warn(
                    "{}, is not used and cleared: {}. If it was one of a cluster's backup, this node's will show a later"
                            + " moment",
                    left.described(now),
                    against.get());
            return Optional.empty();
        }
        if (left.isOld(now)) {
            LOG.warn(
                    "{}, is that of this backup and is used: what was written since is not in it", left.described(now));
        } else {
            LOG.info("{}, is used", left.described(now));
        }
        if (left.expires()) {
            // another one would be of a later moment than those of the other nodes
            LOG.warn("Snapshot {} will expire: it was taken without --keep-snapshot", tag);
        }
        return Optional.of(new OnDisk(tag, keep || request.forLater(), mark, files));
    }

    private boolean isComplete(String tag, Map<TableDirectory, List<SnapshotFile>> files, Optional<SnapshotMark> mark) {
        Set<TableDirectory> expected = mark.map(found -> found.description().tables())
                .orElseGet(() -> describe().tables());
        return directories.incomplete(tag, files, expected).isEmpty();
    }

    private void take(String tag, boolean keep) {
        try {
            if (keep) {
                service.take(tag);
            } else {
                service.take(tag, EXPIRY);
            }
        } catch (MedusaException failed) {
            // the next run must not mistake an incomplete snapshot for a complete one
            throw cleared(tag, failed);
        }
    }

    private MedusaException cleared(String tag, MedusaException failed) {
        try {
            clear(tag);
        } catch (MedusaException notCleared) {
            failed.addSuppressed(notCleared);
        }
        return failed;
    }

    private void clear(String tag) {
        service.clear(tag);
        marks.forget(tag);
    }

    @Override
    public Snapshot openSnapshot(String tag, boolean keep) {
        if (!directories.exists(tag)) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "there is no snapshot " + tag + " below " + yaml.allDataDirectories()
                            + "; make it with nodetool snapshot -t " + tag
                            + ", or leave out --use-existing-snapshot");
        }
        return new OnDisk(tag, keep, marks.read(tag), null);
    }

    @Override
    public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
        return directories.liveFiles();
    }

    @Override
    public Set<String> snapshotTags() {
        return directories.tags();
    }

    @Override
    public void clearSnapshot(String tag) {
        clear(tag);
    }

    @Override
    public List<Path> dataDirectories() {
        return yaml.allDataDirectories();
    }

    private final class OnDisk implements Snapshot {
        private final String tag;
        private final boolean keep;
        private final Optional<SnapshotMark> mark;
        private final @Nullable Map<TableDirectory, List<SnapshotFile>> known;
        private @Nullable NodeDescription reconstructed;

        /** @param known its files, if they have been listed already */
        OnDisk(
                String tag,
                boolean keep,
                Optional<SnapshotMark> mark,
                @Nullable Map<TableDirectory, List<SnapshotFile>> known) {
            this.tag = tag;
            this.keep = keep;
            this.mark = mark;
            this.known = known;
        }

        @Override
        public String tag() {
            return tag;
        }

        @Override
        public BackupSnapshot origin() {
            return mark.map(own -> new BackupSnapshot(
                            Optional.of(own.id()),
                            own.taken(),
                            own.description().schemaVersion().map(UUID::toString),
                            own.description().metadata().tokenMap().epoch()))
                    .orElseGet(() -> new BackupSnapshot(Optional.empty(), directories.madeAt(tag), Optional.empty()));
        }

        @Override
        public Optional<byte[]> clusterMetadata() {
            return mark.flatMap(SnapshotMark::clusterMetadata).map(Base64.getDecoder()::decode);
        }

        @Override
        public NodeDescription description() {
            if (mark.isPresent()) {
                return mark.get().description();
            }
            if (reconstructed == null) {
                Map<TableDirectory, String> texts = new TreeMap<>();
                files().keySet()
                        .forEach(table -> directories.schema(tag, table).ifPresent(text -> texts.put(table, text)));
                NodeDescription now = describe();
                // it is unknown which indexes were built at the time of the snapshot
                reconstructed = now.with(SnapshotSchema.asOfSnapshot(now.metadata(), texts), Map.of());
            }
            return reconstructed;
        }

        @Override
        public Set<TableDirectory> undefined(Collection<TableDirectory> tables) {
            return SnapshotSchema.undefined(description().metadata(), tables);
        }

        @Override
        public Map<TableDirectory, List<SnapshotFile>> files() {
            return known != null ? known : directories.files(tag);
        }

        @Override
        public void close() {
            if (keep) {
                return;
            }
            boolean interrupted = Thread.interrupted();
            try {
                clear(tag);
            } catch (MedusaException failed) {
                LOG.warn(
                        "Snapshot {} could not be cleared ({}); clear it with: nodetool clearsnapshot -t {}",
                        tag,
                        failed.getMessage(),
                        tag);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
