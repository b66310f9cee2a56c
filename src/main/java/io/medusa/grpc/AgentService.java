package io.medusa.grpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.medusa.app.Medusa;
import io.medusa.backup.BackupNode;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.Snapshot;
import io.medusa.catalog.BackupSummary;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.purge.PurgeBackups;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestoreTable;
import io.medusa.transfer.Progress;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import io.medusa.wire.v1.AgentGrpc;
import io.medusa.wire.v1.BackupEvent;
import io.medusa.wire.v1.BackupRequest;
import io.medusa.wire.v1.ClearSnapshotRequest;
import io.medusa.wire.v1.ClearSnapshotResponse;
import io.medusa.wire.v1.ClusterBackup;
import io.medusa.wire.v1.FindBackupRequest;
import io.medusa.wire.v1.FindBackupResponse;
import io.medusa.wire.v1.ListBackupsRequest;
import io.medusa.wire.v1.Mode;
import io.medusa.wire.v1.PurgeRequest;
import io.medusa.wire.v1.PurgeResponse;
import io.medusa.wire.v1.RestoreEvent;
import io.medusa.wire.v1.RestoreNodeRequest;
import io.medusa.wire.v1.RestoreResult;
import io.medusa.wire.v1.RestoreTableRequest;
import io.medusa.wire.v1.StopBackupRequest;
import io.medusa.wire.v1.StopBackupResponse;
import io.medusa.wire.v1.TakeSnapshotRequest;
import io.medusa.wire.v1.TakeSnapshotResponse;
import io.medusa.wire.v1.VerifyEvent;
import io.medusa.wire.v1.VerifyRequest;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The service through which other nodes control this one (medusa/v1/agent.proto). */
final class AgentService extends AgentGrpc.AgentImplBase {
    private static final Answers ANSWERS = new Answers(AgentService::code);
    private static final Duration BETWEEN_EVENTS = Duration.ofMillis(500);
    private static final long STOP_SECONDS = 60;
    private static final Duration FOR_A_RESTORE = Duration.ofMinutes(5);
    /** A request with more of them is not a legitimate one. */
    private static final int MOST_TABLES = 1000;

    private final Program program;
    private final BackupTasks backups;
    private final PurgeTasks purges;
    private final boolean clientsAreKnown;
    private final NodeTasks<VerifyRequest, VerifyBackup.Report> verifications = new NodeTasks<>("verification");
    private final NodeTasks<Object, RestoreResult> restores = new NodeTasks<>("restore");

    /** @param clientsAreKnown whether clients need a certificate */
    AgentService(Program program, BackupTasks backups, PurgeTasks purges, boolean clientsAreKnown) {
        this.program = program;
        this.backups = backups;
        this.purges = purges;
        this.clientsAreKnown = clientsAreKnown;
    }

    /** As documented on the service in agent.proto. */
    private static Status code(FailureKind kind) {
        return switch (kind) {
            case USAGE, REFUSED -> Status.INVALID_ARGUMENT;
            case CONFIG_UNREADABLE, CONFIG_INVALID, BACKUP_INCOMPLETE, SNAPSHOT_MISSING -> Status.FAILED_PRECONDITION;
            case BACKUP_EXISTS -> Status.ALREADY_EXISTS;
            case BACKUP_UNKNOWN -> Status.NOT_FOUND;
            case BACKUP_DAMAGED -> Status.DATA_LOSS;
            case BUSY, INTERRUPTED -> Status.ABORTED;
            case STORAGE_UNAVAILABLE, CASSANDRA_UNREACHABLE, TIMEOUT -> Status.UNAVAILABLE;
            case STORAGE_DENIED, CASSANDRA_DENIED -> Status.PERMISSION_DENIED;
            case DISK_FULL -> Status.RESOURCE_EXHAUSTED;
            case CASSANDRA_FAILED, LOCAL_FILE -> Status.INTERNAL;
        };
    }

    /** Accepts no more operations, and interrupts a running verification. Not a restore: during its swap, that would leave the node down. */
    void interrupt() {
        verifications.interrupt();
        restores.close();
    }

    /** Waits for a verification up to a limit, and much longer for a restore, which is interrupted only then. */
    void awaitEnd(Duration most) {
        boolean unused = verifications.awaitEnd(most);
        if (!restores.awaitEnd(FOR_A_RESTORE)) {
            restores.interrupt();
            unused = restores.awaitEnd(most);
        }
    }

    @Override
    public void takeSnapshot(TakeSnapshotRequest request, StreamObserver<TakeSnapshotResponse> answers) {
        ANSWERS.one(
                answers,
                () -> with(medusa -> {
                    // the mode comes with the request to back up
                    BackupName name = BackupName.forNewBackup(request.getBackupName(), BackupMode.DIFFERENTIAL);
                    CassandraNode.Left left = leaveSnapshot(medusa.onNode().node(), name, !request.getMayExpire());
                    return AgentMessages.of(left);
                }));
    }

    /** One at a time: the second of two coordinators of one backup finds the snapshot of the first. */
    private synchronized CassandraNode.Left leaveSnapshot(CassandraNode node, BackupName backup, boolean keep) {
        return node.leaveSnapshot(backup, keep);
    }

    /** Not while a snapshot is being taken or inspected. */
    private synchronized boolean clearSnapshot(CassandraNode node, String tag) {
        boolean there = node.snapshotTags().contains(tag);
        if (there) {
            node.clearSnapshot(tag);
        }
        return there;
    }

    @Override
    public void clearSnapshot(ClearSnapshotRequest request, StreamObserver<ClearSnapshotResponse> answers) {
        ANSWERS.one(
                answers,
                () -> with(medusa -> {
                    String tag = Snapshot.tagOf(Messages.name(request.getBackupName()));
                    CassandraNode node = medusa.onNode().node();
                    return ClearSnapshotResponse.newBuilder()
                            .setCleared(clearSnapshot(node, tag))
                            .build();
                }));
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupEvent> answers) {
        ANSWERS.many(answers, events -> {
            BackupName name = BackupName.forNewBackup(
                    request.getName(), request.getMode() == Mode.FULL ? BackupMode.FULL : BackupMode.DIFFERENTIAL);
            if (request.getStaggerSeconds() < 0) {
                throw new MedusaException(FailureKind.USAGE, "stagger_seconds is a number of seconds from 0");
            }
            if (request.getMode() == Mode.UNRECOGNIZED) {
                throw new MedusaException(FailureKind.USAGE, "mode is DIFFERENTIAL or FULL");
            }
            follow(
                    events,
                    backups.join(
                            name,
                            // a coordinator that replaces a dead one does not know the id
                            request.toBuilder().clearSnapshotId().build(),
                            medusa -> wanted(medusa, name, request)),
                    progress -> BackupEvent.newBuilder().setProgress(progress).build(),
                    result -> events.onNext(BackupEvent.newBuilder()
                            .setResult(AgentMessages.of(result))
                            .build()));
        });
    }

    private static BackupNode.Request wanted(Medusa medusa, BackupName name, BackupRequest request) {
        return medusa.requests()
                .backup(name)
                .mode(request.getMode() == Mode.FULL ? BackupMode.FULL : BackupMode.DIFFERENTIAL)
                .staggerSeconds(request.getStaggerSeconds())
                .compareHashes(request.getCompareHashes())
                .keepSnapshot(request.getKeepSnapshot())
                .useExistingSnapshot(request.getUseExistingSnapshot())
                .snapshot(request.getSnapshotId().isEmpty() ? Optional.empty() : Optional.of(request.getSnapshotId()))
                .request();
    }

    @Override
    public void findBackup(FindBackupRequest request, StreamObserver<FindBackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            FindBackupResponse.State state = backups.tasks()
                    .find(Messages.name(request.getName()))
                    .map(task -> task.background().isRunning()
                            ? FindBackupResponse.State.RUNNING
                            : task.isTold() ? FindBackupResponse.State.UNKNOWN : FindBackupResponse.State.ENDED)
                    .orElse(FindBackupResponse.State.UNKNOWN);
            return FindBackupResponse.newBuilder().setState(state).build();
        });
    }

    @Override
    public void stopBackup(StopBackupRequest request, StreamObserver<StopBackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            Optional<NodeTasks.Task<BackupNode.Result>> running = backups.tasks()
                    .find(Messages.name(request.getName()))
                    .filter(task -> task.background().isRunning());
            running.ifPresent(task -> {
                task.tell();
                task.background().stop(STOP_SECONDS);
            });
            return StopBackupResponse.newBuilder()
                    .setWasRunning(running.isPresent())
                    .build();
        });
    }

    @Override
    public void listBackups(ListBackupsRequest request, StreamObserver<ClusterBackup> answers) {
        ANSWERS.many(
                answers, backup -> summaries(request).forEach(summary -> backup.onNext(AgentMessages.of(summary))));
    }

    private List<BackupSummary> summaries(ListBackupsRequest request) {
        if (request.getName().isEmpty()) {
            return with(Medusa::allBackups);
        }
        BackupName name = Messages.name(request.getName());
        return with(medusa -> List.of(medusa.backupStatus().known(name)));
    }

    @Override
    public void verify(VerifyRequest request, StreamObserver<VerifyEvent> answers) {
        ANSWERS.many(answers, events -> {
            Optional<BackupName> name =
                    request.getName().isEmpty() ? Optional.empty() : Optional.of(Messages.name(request.getName()));
            Level level = level(request.getLevel());
            follow(
                    events,
                    verifications.join(
                            request,
                            request,
                            request.getName().isEmpty() ? "of all backups" : request.getName(),
                            progress -> with(progress, medusa -> medusa.verification()
                                    .run(medusa.requests().verify().of(name).at(level))
                                    .report())),
                    progress -> VerifyEvent.newBuilder().setProgress(progress).build(),
                    report -> report.results()
                            .forEach(result -> events.onNext(VerifyEvent.newBuilder()
                                    .setResult(AgentMessages.of(result))
                                    .build())));
        });
    }

    private static Level level(VerifyRequest.Level level) {
        return switch (level) {
            case EXISTS -> Level.EXISTS;
            case SAMPLE -> Level.SAMPLE;
            case CONTENT -> Level.CONTENT;
            case SSTABLE -> Level.SSTABLE;
            case UNRECOGNIZED -> throw new MedusaException(FailureKind.USAGE, "level is not one of those of Verify");
        };
    }

    @Override
    public void purge(PurgeRequest request, StreamObserver<PurgeResponse> answers) {
        ANSWERS.one(answers, () -> {
            PurgeBackups.Result result = request.getAllNodes() || request.getDryRun()
                    ? purged(request.getAllNodes(), request.getDryRun())
                    : purges.runForClient();
            ScheduledJobs.checkAll(result);
            return AgentMessages.of(result);
        });
    }

    /** Not beside the purge of this node: a dry run would name backups that are just being deleted. */
    private PurgeBackups.Result purged(boolean allNodes, boolean dryRun) {
        purges.tasks().checkIdle();
        return with(medusa -> {
            PurgeBackups flow = medusa.purgeBackups();
            return medusa.measured()
                    .purge(
                            flow,
                            allNodes ? flow.nodes() : List.of(medusa.node()),
                            medusa.requests().retention(),
                            medusa.requests().deletion(dryRun));
        });
    }

    @Override
    public void restoreTable(RestoreTableRequest request, StreamObserver<RestoreEvent> answers) {
        ANSWERS.many(answers, events -> {
            BackupName name = Messages.name(request.getBackupName());
            TableName from = TableName.parse(request.getTable());
            TableName to = request.getAs().isEmpty() ? from : TableName.parse(request.getAs());
            restore(events, request, request.getTable() + " from " + name, medusa -> {
                medusa.onNode().singleReplica().ofTable(medusa.node(), name, from, to);
                RestoreTable.Result result = medusa.hooked()
                        .restoreTable(
                                medusa.onNode()::restoreTable,
                                medusa.requests()
                                        .restoreTable(name, from)
                                        .into(to)
                                        .truncatingFirst(request.getTruncateFirst()));
                return restored(name, result.files(), result.bytes(), result.fetched(), result.fetchedBytes());
            });
        });
    }

    @Override
    public void restoreNode(RestoreNodeRequest request, StreamObserver<RestoreEvent> answers) {
        ANSWERS.many(answers, events -> {
            BackupName name = Messages.name(request.getBackupName());
            if (request.getKeyspacesCount() + request.getTablesCount() > MOST_TABLES) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "keyspaces and tables are " + MOST_TABLES + " at most; leave them out for all");
            }
            TableSelection selection = new TableSelection(
                    new LinkedHashSet<>(request.getKeyspacesList()), new LinkedHashSet<>(request.getTablesList()));
            restore(events, request, "from " + name, medusa -> {
                medusa.onNode().singleReplica().ofNode(medusa.node(), name, selection, false);
                RestoreNode.Result result = medusa.hooked()
                        .restoreNode(
                                medusa.onNode()::restoreNode,
                                medusa.requests()
                                        .restoreNode(name)
                                        .selection(selection)
                                        .verify(request.getVerify())
                                        .keepPrevious(request.getKeepPrevious())
                                        .request());
                return restored(name, result.files(), result.bytes(), result.fetched(), result.fetchedBytes());
            });
        });
    }

    private void restore(
            StreamObserver<RestoreEvent> events, Object request, String label, Function<Medusa, RestoreResult> work) {
        if (!clientsAreKnown) {
            throw Status.FAILED_PRECONDITION
                    .withDescription("restores are served only to clients with a certificate: set tls_cert, tls_key and"
                            + " ca_cert in [grpc]")
                    .asRuntimeException();
        }
        follow(
                events,
                restores.join(request, request, label, progress -> with(progress, work)),
                progress -> RestoreEvent.newBuilder().setProgress(progress).build(),
                result -> events.onNext(
                        RestoreEvent.newBuilder().setResult(result).build()));
    }

    private static RestoreResult restored(BackupName name, long files, long bytes, long fetched, long fetchedBytes) {
        return RestoreResult.newBuilder()
                .setBackupName(name.value())
                .setFiles(files)
                .setBytes(bytes)
                .setFetchedFiles(fetched)
                .setFetchedBytes(fetchedBytes)
                .build();
    }

    /** Sends progress until the work has ended, then the result; the work continues if the client disconnects. */
    private static <E, R> void follow(
            StreamObserver<E> events,
            NodeTasks.Task<R> task,
            Function<io.medusa.wire.v1.Progress, E> progress,
            Consumer<R> result) {
        ServerCallStreamObserver<E> call = (ServerCallStreamObserver<E>) events;
        do {
            if (call.isCancelled()) {
                throw Status.CANCELLED
                        .withDescription("the client disconnected")
                        .asRuntimeException();
            }
            // a slow client gets fewer updates
            if (call.isReady()) {
                call.onNext(progress.apply(task.progress().message()));
            }
        } while (!task.background().awaitEnd(BETWEEN_EVENTS));
        boolean heard = !call.isCancelled();
        try {
            result.accept(task.background().await());
        } finally {
            if (heard) {
                task.tell();
            }
        }
    }

    private <R> R with(Function<Medusa, R> work) {
        try (Medusa medusa = program.open(own -> Progress.NONE)) {
            return work.apply(medusa);
        }
    }

    private <R> R with(LatestProgress progress, Function<Medusa, R> work) {
        try (Medusa medusa = program.open(progress::beside)) {
            return work.apply(medusa);
        }
    }
}
