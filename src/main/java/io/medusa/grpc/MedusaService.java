package io.medusa.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.medusa.app.Medusa;
import io.medusa.backup.BackupNode;
import io.medusa.catalog.BackupSummary;
import io.medusa.cluster.RestoreMapping;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.Segments;
import io.medusa.model.TokenMap;
import io.medusa.purge.PurgeBackups;
import io.medusa.report.Text;
import io.medusa.repository.Collector;
import io.medusa.transfer.Background;
import io.medusa.wire.BackupRequest;
import io.medusa.wire.BackupResponse;
import io.medusa.wire.BackupStatusRequest;
import io.medusa.wire.BackupStatusResponse;
import io.medusa.wire.DeleteBackupRequest;
import io.medusa.wire.DeleteBackupResponse;
import io.medusa.wire.GetBackupRequest;
import io.medusa.wire.GetBackupResponse;
import io.medusa.wire.GetBackupsRequest;
import io.medusa.wire.GetBackupsResponse;
import io.medusa.wire.MedusaGrpc;
import io.medusa.wire.PrepareRestoreRequest;
import io.medusa.wire.PrepareRestoreResponse;
import io.medusa.wire.PurgeBackupsRequest;
import io.medusa.wire.PurgeBackupsResponse;
import io.medusa.wire.StatusType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The gRPC service of the Python Medusa (docs/compatibility.md 19), with its status codes. Where those reported a success as a failure, this
 * one is correct: a successful deletion returns success, and a backup that another process started can be deleted here.
 */
final class MedusaService extends MedusaGrpc.MedusaImplBase {

    /** An expected failure is INTERNAL with its message, as clients expect. */
    private static final Answers ANSWERS = new Answers(kind -> Status.INTERNAL);

    private final Program program;
    private final BackupTasks backups;
    private final PurgeTasks purges;
    private final Path mappings;

    /** @param mappings where restore mappings are written */
    MedusaService(Program program, BackupTasks backups, PurgeTasks purges, Path mappings) {
        this.program = program;
        this.backups = backups;
        this.purges = purges;
        this.mappings = mappings;
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            BackupName name = name(request);
            var unused = backups.begin(name, request, how(name, request))
                    .background()
                    .await();
            return response(name.value(), StatusType.SUCCESS);
        });
    }

    @Override
    public void asyncBackup(BackupRequest request, StreamObserver<BackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            BackupName name = name(request);
            var unused = backups.beginAndRemember(name, request, how(name, request));
            return response(name.value(), StatusType.IN_PROGRESS);
        });
    }

    private static BackupResponse response(String name, StatusType status) {
        return BackupResponse.newBuilder().setBackupName(name).setStatus(status).build();
    }

    private static BackupName name(BackupRequest request) {
        return BackupName.forNewBackup(request.getName(), mode(request));
    }

    private static BackupMode mode(BackupRequest request) {
        return request.getMode() == BackupRequest.Mode.FULL ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
    }

    private static Function<Medusa, BackupNode.Request> how(BackupName name, BackupRequest request) {
        return medusa -> medusa.requests().backup(name).mode(mode(request)).request();
    }

    @Override
    public void backupStatus(BackupStatusRequest request, StreamObserver<BackupStatusResponse> answers) {
        ANSWERS.one(answers, () -> {
            BackupName name = Messages.name(request.getBackupName());
            Optional<Background<BackupNode.Result>> task =
                    backups.tasks().find(name).map(NodeTasks.Task::background);
            // in this order: a backup may end meanwhile
            boolean running = task.filter(Background::isRunning).isPresent();
            Optional<NodeBackup> stored = with(medusa -> medusa.backupStatus().ofNode(medusa.node(), name));
            // a client that asked for a backup must not take an earlier one of that name for it
            boolean refused = backups.isRefused(name, stored.flatMap(NodeBackup::finished));
            if (stored.isEmpty() && task.isEmpty() && !refused) {
                throw Status.NOT_FOUND
                        .withDescription("backup " + name + " of this node does not exist")
                        .asRuntimeException();
            }
            boolean finished = stored.filter(NodeBackup::isFinished).isPresent();
            boolean failed =
                    refused || task.filter(ended -> !ended.hasSucceeded()).isPresent();
            StatusType status =
                    running ? StatusType.IN_PROGRESS : finished && !failed ? StatusType.SUCCESS : StatusType.FAILED;
            return BackupStatusResponse.newBuilder()
                    .setStartTime(
                            stored.map(backup -> Text.time(backup.started())).orElse(""))
                    .setFinishTime(
                            stored.flatMap(NodeBackup::finished).map(Text::time).orElse(""))
                    .setStatus(status)
                    .build();
        });
    }

    @Override
    public void getBackup(GetBackupRequest request, StreamObserver<GetBackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            BackupName name = Messages.name(request.getBackupName());
            BackupSummary backup = with(medusa -> medusa.backupStatus().known(name));
            return GetBackupResponse.newBuilder()
                    .setBackup(Messages.summary(backup))
                    .setStatus(Messages.status(backup.backup()))
                    .build();
        });
    }

    @Override
    public void getBackups(GetBackupsRequest request, StreamObserver<GetBackupsResponse> answers) {
        ANSWERS.one(answers, () -> with(medusa -> Messages.all(medusa.allBackups())));
    }

    @Override
    public void deleteBackup(DeleteBackupRequest request, StreamObserver<DeleteBackupResponse> answers) {
        ANSWERS.one(answers, () -> {
            BackupName name = Messages.name(request.getName());
            boolean gone = !backups.tasks().isRunning(name) && with(medusa -> delete(medusa, name));
            if (gone) {
                backups.forget(name);
            }
            return DeleteBackupResponse.newBuilder()
                    .setName(name.value())
                    .setStatus(gone ? StatusType.SUCCESS : StatusType.FAILED)
                    .build();
        });
    }

    /** Deletes it on all nodes; returns false if a node's part stays because it is in use or locked in the store. */
    private static boolean delete(Medusa medusa, BackupName name) {
        PurgeBackups flow = medusa.purgeBackups();
        PurgeBackups.Result result;
        try {
            result = medusa.measured()
                    .delete(flow, Set.of(name), flow.nodes(), medusa.requests().deletion(false));
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.BACKUP_UNKNOWN) {
                throw Status.NOT_FOUND
                        .withDescription(failed.getMessage())
                        .withCause(failed)
                        .asRuntimeException();
            }
            throw failed;
        }
        ScheduledJobs.checkAll(result);
        return result.nodes().stream().allMatch(Collector.Outcome::isComplete);
    }

    @Override
    public void purgeBackups(PurgeBackupsRequest request, StreamObserver<PurgeBackupsResponse> answers) {
        ANSWERS.one(answers, () -> {
            PurgeBackups.Result result = purges.runForClient();
            ScheduledJobs.checkAll(result);
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
        ANSWERS.one(answers, () -> {
            BackupName name = Messages.name(request.getBackupName());
            if (!Segments.isSafe(request.getRestoreKey())
                    || request.getRestoreKey().length() > Messages.LONGEST_NAME) {
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

    /** @param datacenter as named by the client; ignored unless it is in the ring */
    private static RestoreMapping mapping(Medusa medusa, BackupName name, String datacenter) {
        ClusterBackup backup = medusa.backupStatus().known(name).backup();
        TokenMap local = medusa.onNode().ring(Optional.empty()).metadata().tokenMap();
        TokenMap ring = local.datacenters().contains(datacenter) ? local.in(Set.of(datacenter)) : local;
        // other datacenters were not requested
        ClusterBackup own = backup.tokenMap().datacenters().size() == 1 ? backup : backup.in(ring.datacenters());
        if (!own.isComplete()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE, "not every node has finished backup " + name + "; choose another");
        }
        return RestoreMapping.of(own, ring, medusa.onNode().seeds());
    }

    /** Does something with the program put together for it. */
    private <R> R with(Function<Medusa, R> work) {
        try (Medusa medusa = program.open()) {
            return work.apply(medusa);
        }
    }
}
