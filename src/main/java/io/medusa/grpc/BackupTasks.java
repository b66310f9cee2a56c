package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.backup.BackupNode;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backups of this node that run in the service. */
final class BackupTasks {
    private static final Logger LOG = LoggerFactory.getLogger(BackupTasks.class);

    private final Program program;
    private final NodeTasks<BackupName, BackupNode.Result> tasks = new NodeTasks<>("backup");

    BackupTasks(Program program) {
        this.program = program;
    }

    NodeTasks<BackupName, BackupNode.Result> tasks() {
        return tasks;
    }

    /**
     * Starts a backup.
     *
     * @param how the options of the request besides the name
     * @throws MedusaException immediately if a finished backup has the name: a failed attempt would make it look failed
     */
    NodeTasks.Task<BackupNode.Result> begin(BackupName name, Object how, Function<Medusa, BackupNode.Request> request) {
        checkUnused(name);
        return tasks.begin(name, how, name.value(), progress -> run(name, request, progress));
    }

    /** The same, or the running backup of that name if it has the same options. */
    NodeTasks.Task<BackupNode.Result> join(BackupName name, Object how, Function<Medusa, BackupNode.Request> request) {
        if (!tasks.isRunning(name)) {
            checkUnused(name);
        }
        return tasks.join(name, how, name.value(), progress -> run(name, request, progress));
    }

    private void checkUnused(BackupName name) {
        try (Medusa medusa = program.open()) {
            Optional<NodeBackup> stored = medusa.backupStatus().ofNode(medusa.node(), name);
            if (stored.filter(NodeBackup::isFinished).isPresent()) {
                throw new MedusaException(
                        FailureKind.BACKUP_EXISTS,
                        "backup " + name
                                + " of this node is finished already; a finished backup is never changed, choose another"
                                + " name");
            }
        }
    }

    private BackupNode.Result run(
            BackupName name, Function<Medusa, BackupNode.Request> request, LatestProgress progress) {
        try (Medusa medusa = program.open(progress::beside)) {
            return medusa.measured().backup(medusa.onNode().backup(Optional.empty()), request.apply(medusa));
        } catch (MedusaException failed) {
            LOG.error("Backup {} failed: {}", name, failed.getMessage());
            throw failed;
        } catch (RuntimeException bug) {
            LOG.error("Backup {} failed", name, bug);
            throw bug;
        }
    }
}
