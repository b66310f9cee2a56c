package io.medusa.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.medusa.app.Medusa;
import io.medusa.backup.BackupNode;
import io.medusa.cluster.RestoreMapping;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.grpc.wire.BackupRequest;
import io.medusa.grpc.wire.BackupResponse;
import io.medusa.grpc.wire.BackupStatusRequest;
import io.medusa.grpc.wire.BackupStatusResponse;
import io.medusa.grpc.wire.DeleteBackupRequest;
import io.medusa.grpc.wire.DeleteBackupResponse;
import io.medusa.grpc.wire.GetBackupRequest;
import io.medusa.grpc.wire.GetBackupResponse;
import io.medusa.grpc.wire.GetBackupsRequest;
import io.medusa.grpc.wire.GetBackupsResponse;
import io.medusa.grpc.wire.MedusaGrpc;
import io.medusa.grpc.wire.PrepareRestoreRequest;
import io.medusa.grpc.wire.PrepareRestoreResponse;
import io.medusa.grpc.wire.PurgeBackupsRequest;
import io.medusa.grpc.wire.PurgeBackupsResponse;
import io.medusa.grpc.wire.StatusType;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.Segments;
import io.medusa.model.TokenMap;
import io.medusa.purge.PurgeBackups;
import io.medusa.repository.Collector;
import io.medusa.transfer.Background;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service that clients of Medusa know (compat.md 19), with its status rules. Where those made a success look like none, the truth
 * is told: a deletion that has succeeded says so, and a backup that another process began can be deleted here.
 */
final class MedusaService extends MedusaGrpc.MedusaImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(MedusaService.class);

    /** As the command line names a backup that is given no name. */
    private static final DateTimeFormatter NAME_OF_NOW = DateTimeFormatter.ofPattern("yyyyMMddHHmm", Locale.ROOT);

    private final Supplier<Medusa> open;
    private final BackupTasks tasks;
    private final Path mappings;

    /** @param mappings where restore mappings are written */
    MedusaService(Supplier<Medusa> open, BackupTasks tasks, Path mappings) {
        this.open = open;
        this.tasks = tasks;
        this.mappings = mappings;
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> answers) {
        answer(answers, () -> {
            BackupName name = begin(request).await().backup().name();
            return response(name.value(), StatusType.SUCCESS);
        });
    }

    @Override
    public void asyncBackup(BackupRequest request, StreamObserver<BackupResponse> answers) {
        answer(answers, () -> {
            var unused = begin(request);
            return response(request.getName(), StatusType.IN_PROGRESS);
        });
    }

    private static BackupResponse response(String name, StatusType status) {
        return BackupResponse.newBuilder().setBackupName(name).setStatus(status).build();
    }

    private Background<BackupNode.Result> begin(BackupRequest request) {
        BackupName name = BackupName.forNewBackup(request.getName());
        BackupMode mode = request.getMode() == BackupRequest.Mode.FULL ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
        if (with(medusa -> medusa.backupStatus().ofNode(medusa.node(), name))
                .filter(NodeBackup::isFinished)
                .isPresent()) {
            // at once: a failed attempt would make a good backup look failed
            throw new MedusaException(
                    FailureKind.BACKUP_EXISTS,
                    "backup " + name
                            + " of this node is finished already; a finished backup is never changed, choose another"
                            + " name");
        }
        return tasks.begin(name, () -> {
            try (Medusa medusa = open.get()) {
                return medusa.backupNode(medusa.finishBy(Optional.empty())).run(medusa.backupRequest(name, mode));
            } catch (MedusaException failed) {
                LOG.error("Backup {} failed: {}", name, failed.getMessage());
                throw failed;
            } catch (RuntimeException bug) {
                LOG.error("Backup {} failed", name, bug);
                throw bug;
            }
        });
    }

    @Override
    public void backupStatus(BackupStatusRequest request, StreamObserver<BackupStatusResponse> answers) {
        answer(answers, () -> {
            BackupName name = name(request.getBackupName());
            Optional<NodeBackup> stored = with(medusa -> medusa.backupStatus().ofNode(medusa.node(), name));
            Optional<Background<BackupNode.Result>> task = tasks.find(name);
            if (stored.isEmpty() && task.isEmpty()) {
                throw Status.NOT_FOUND
                        .withDescription("backup " + name + " of this node does not exist")
                        .asRuntimeException();
            }
            boolean finished = stored.filter(NodeBackup::isFinished).isPresent();
            StatusType status = finished ? StatusType.SUCCESS : StatusType.FAILED;
            if (task.isPresent()) {
                status = task.get().isRunning()
                        ? StatusType.IN_PROGRESS
                        : finished && task.get().hasSucceeded() ? StatusType.SUCCESS : StatusType.FAILED;
            }
            return BackupStatusResponse.newBuilder()
                    .setStartTime(stored.map(backup -> Messages.time(backup.started()))
                            .orElse(""))
                    .setFinishTime(stored.flatMap(NodeBackup::finished)
                            .map(Messages::time)
                            .orElse(""))
                    .setStatus(status)
                    .build();
        });
    }

    @Override
    public void getBackup(GetBackupRequest request, StreamObserver<GetBackupResponse> answers) {
        answer(answers, () -> {
            BackupName name = name(request.getBackupName());
            return with(medusa -> medusa.backupStatus()
                    .run(name)
                    .map(backup -> GetBackupResponse.newBuilder()
                            .setBackup(Messages.summary(backup))
                            .setStatus(Messages.status(backup.backup()))
                            .build())
                    .orElseThrow(() -> unknown(name)));
        });
    }

    @Override
    public void getBackups(GetBackupsRequest request, StreamObserver<GetBackupsResponse> answers) {
        answer(answers, () -> with(medusa -> Messages.all(medusa.allBackups())));
    }

    @Override
    public void deleteBackup(DeleteBackupRequest request, StreamObserver<DeleteBackupResponse> answers) {
        answer(answers, () -> {
            BackupName name = name(request.getName());
            boolean gone = !tasks.isRunning(name) && with(medusa -> isDeleted(medusa, name));
            if (gone) {
                tasks.forget(name);
            }
            return DeleteBackupResponse.newBuilder()
                    .setName(name.value())
                    .setStatus(gone ? StatusType.SUCCESS : StatusType.FAILED)
                    .build();
        });
    }

    /** Deletes it on all nodes; false if some node's part stays, because somebody works on it or the store has to keep it. */
    private static boolean isDeleted(Medusa medusa, BackupName name) {
        PurgeBackups flow = medusa.purgeBackups();
        PurgeBackups.Result result;
        try {
            result = flow.byName(Set.of(name), flow.nodes(), new PurgeBackups.How(medusa.gracePeriod(), false));
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.BACKUP_UNKNOWN) {
                throw Status.NOT_FOUND
                        .withDescription(failed.getMessage())
                        .withCause(failed)
                        .asRuntimeException();
            }
            throw failed;
        }
        checkUnderstood(result);
        return result.nodes().stream()
                .allMatch(node -> node.inUse().isEmpty() && node.locked().isEmpty());
    }

    private static void checkUnderstood(PurgeBackups.Result result) {
        if (!result.failed().isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "nothing was deleted of some nodes: "
                            + String.join("; ", result.failed().values()));
        }
    }

    @Override
    public void purgeBackups(PurgeBackupsRequest request, StreamObserver<PurgeBackupsResponse> answers) {
        answer(answers, () -> {
            PurgeBackups.Result result = purge();
            checkUnderstood(result);
            return PurgeBackupsResponse.newBuilder()
                    .setNbBackupsPurged(result.removed().size())
                    .setNbObjectsPurged(Messages.count(result.objects()))
                    .setTotalPurgedSize(result.bytes())
                    .setTotalObjectsWithinGcGrace(Messages.count(result.nodes().stream()
                            .mapToLong(Collector.Outcome::young)
                            .sum()))
                    .build();
        });
    }

    @Override
    public void prepareRestore(PrepareRestoreRequest request, StreamObserver<PrepareRestoreResponse> answers) {
        answer(answers, () -> {
            BackupName name = name(request.getBackupName());
            if (!Segments.isSafe(request.getRestoreKey())) {
                throw Status.INVALID_ARGUMENT
                        .withDescription("restoreKey " + Segments.quoted(request.getRestoreKey())
                                + " cannot be the name of a file")
                        .asRuntimeException();
            }
            RestoreMapping mapping = with(medusa -> mapping(medusa, name, request.getDatacenter()));
            mapping.write(mappings.resolve(request.getRestoreKey()));
            return PrepareRestoreResponse.getDefaultInstance();
        });
    }

    /** @param datacenter by any name that the client has for it; it counts if the ring knows it */
    private static RestoreMapping mapping(Medusa medusa, BackupName name, String datacenter) {
        ClusterBackup backup =
                medusa.backupStatus().run(name).orElseThrow(() -> unknown(name)).backup();
        if (!backup.isComplete()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE, "not every node has finished backup " + name + "; choose another");
        }
        TokenMap ring = medusa.ring(Optional.empty()).metadata().tokenMap();
        return RestoreMapping.of(
                backup, ring.datacenters().contains(datacenter) ? ring.in(Set.of(datacenter)) : ring, medusa.seeds());
    }

    /** When this node's last backup was finished; the beginning of time if never. */
    Optional<Instant> lastBackup() {
        try {
            return Optional.of(with(medusa -> medusa.lastFinished().orElse(Instant.EPOCH)));
        } catch (MedusaException unknown) {
            LOG.warn("When the last backup was is not known: {}", unknown.getMessage());
            return Optional.empty();
        }
    }

    void scheduledBackup() {
        String name = NAME_OF_NOW.format(LocalDateTime.now(ZoneId.systemDefault()));
        var unused = begin(BackupRequest.newBuilder().setName(name).build()).await();
    }

    /** What the configured rules let go of this node. */
    private PurgeBackups.Result purge() {
        return with(medusa -> medusa.purgeBackups()
                .byRules(
                        List.of(medusa.node()), medusa.retention(), new PurgeBackups.How(medusa.gracePeriod(), false)));
    }

    void scheduledPurge() {
        PurgeBackups.Result result = purge();
        LOG.info("Deleted {} backups: {} objects", result.removed().size(), result.objects());
        checkUnderstood(result);
    }

    void scheduledVerify() {
        VerifyBackup.Report report = with(medusa -> medusa.verifyBackup()
                .run(new VerifyBackup.Request(Optional.empty(), Level.EXISTS, 0, Optional.empty())));
        long damaged = report.results().stream()
                .filter(result -> !result.findings().isEmpty())
                .count();
        if (damaged > 0) {
            LOG.error("{} backups are damaged; medusa verify --all names what is", damaged);
        } else {
            LOG.info("{} backups are as they should be", report.results().size());
        }
    }

    private static MedusaException unknown(BackupName name) {
        return new MedusaException(FailureKind.BACKUP_UNKNOWN, "No such backup: " + name);
    }

    private static BackupName name(String text) {
        if (!Segments.isSafe(text)) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN, Segments.quoted(text) + " cannot be the name of a backup");
        }
        return new BackupName(text);
    }

    /** Does something with the program put together for it. */
    private <R> R with(Function<Medusa, R> work) {
        try (Medusa medusa = open.get()) {
            return work.apply(medusa);
        }
    }

    /** Sends the answer; an expected failure becomes INTERNAL with its message, as clients know it. */
    private static <A> void answer(StreamObserver<A> answers, Supplier<A> work) {
        A result;
        try {
            result = work.get();
        } catch (io.grpc.StatusRuntimeException told) {
            answers.onError(told);
            return;
        } catch (MedusaException failed) {
            LOG.warn("{}", failed.getMessage());
            answers.onError(Status.INTERNAL
                    .withDescription(failed.getMessage())
                    .withCause(failed)
                    .asRuntimeException());
            return;
        } catch (RuntimeException bug) {
            LOG.error("A request failed", bug);
            answers.onError(Status.INTERNAL
                    .withDescription("an error in Medusa, see its log")
                    .withCause(bug)
                    .asRuntimeException());
            return;
        }
        answers.onNext(result);
        answers.onCompleted();
    }
}
