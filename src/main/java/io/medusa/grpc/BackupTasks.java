package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.backup.BackupNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backups of this node that run in the service. */
final class BackupTasks {
    private static final Logger LOG = LoggerFactory.getLogger(BackupTasks.class);

    /** How long a client waits for the beginning; Cassandra or the store may be slow. */
    private static final long BEGINNING_SECONDS = 30;

    /** The number of refusals to remember. */
    private static final int REMEMBERED = 100;

    private final Program program;
    private final Clock clock;
    private final NodeTasks<BackupName, BackupNode.Result> tasks = new NodeTasks<>("backup");
    private final Map<BackupName, Instant> refused = new LinkedHashMap<>();

    BackupTasks(Program program, Clock clock) {
        this.program = program;
        this.clock = clock;
    }

    NodeTasks<BackupName, BackupNode.Result> tasks() {
        return tasks;
    }

    /**
     * Starts a backup, and returns once it holds this node's lock and its marker exists, but after half a minute in any case: from the
     * marker on, the container is not restarted for a new configuration.
     *
     * @param how the options of the request besides the name
     * @throws MedusaException if it could not begin; immediately if a finished backup has the name: a failed attempt would make it look
     *     failed
     */
    NodeTasks.Task<BackupNode.Result> begin(BackupName name, Object how, Function<Medusa, BackupNode.Request> request) {
        checkUnused(name);
        AtomicBoolean hasBegun = new AtomicBoolean();
        CountDownLatch decided = new CountDownLatch(1);
        NodeTasks.Task<BackupNode.Result> task = tasks.begin(name, how, name.value(), progress -> {
            try {
                return run(name, request, progress, () -> {
                    hasBegun.set(true);
                    decided.countDown();
                });
            } finally {
                decided.countDown();
            }
        });
        boolean isDecided;
        try {
            isDecided = decided.await(BEGINNING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
        if (isDecided && !hasBegun.get()) {
            task.background().await();
        }
        return task;
    }

    /**
     * The same for a client that will ask for the state of the backup by name, and for nothing else: a refusal is remembered.
     *
     * @throws MedusaException as {@link #begin}
     */
    NodeTasks.Task<BackupNode.Result> beginAndRemember(
            BackupName name, Object how, Function<Medusa, BackupNode.Request> request) {
        try {
            NodeTasks.Task<BackupNode.Result> task = begin(name, how, request);
            forgetRefusal(name);
            return task;
        } catch (RuntimeException failed) {
            if (!tasks.isRunning(name)) {
                rememberRefusal(name);
            }
            throw failed;
        }
    }

    private synchronized void rememberRefusal(BackupName name) {
        refused.remove(name);
        while (refused.size() >= REMEMBERED) {
            refused.remove(refused.keySet().iterator().next());
        }
        refused.put(name, clock.instant());
    }

    private synchronized void forgetRefusal(BackupName name) {
        refused.remove(name);
    }

    /**
     * Whether the latest request for a backup of this name was refused, by {@link #beginAndRemember}.
     *
     * @param finished the end of the backup of this name in the bucket; later than the refusal, it is what was asked for
     */
    synchronized boolean isRefused(BackupName name, Optional<Instant> finished) {
        Instant when = refused.get(name);
        return when != null && finished.filter(end -> end.isAfter(when)).isEmpty();
    }

    /** Forgets what this process knows of a backup that was deleted. */
    void forget(BackupName name) {
        tasks.forget(name);
        forgetRefusal(name);
    }

    /** Starts a backup, or joins the running one of that name if it has the same options. */
    NodeTasks.Task<BackupNode.Result> join(BackupName name, Object how, Function<Medusa, BackupNode.Request> request) {
        if (!tasks.isRunning(name)) {
            checkUnused(name);
        }
        return tasks.join(name, how, name.value(), progress -> run(name, request, progress, () -> {}));
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
            BackupName name, Function<Medusa, BackupNode.Request> request, LatestProgress progress, Runnable begun) {
        try (Medusa medusa = program.open(progress::beside)) {
            BackupNode.Result result = medusa.measured()
                    .backup(() -> medusa.onNode().backup(Optional.empty()), request.apply(medusa), begun);
            forgetRefusal(name);
            return result;
        } catch (MedusaException failed) {
            LOG.error("Backup {} failed: {}", name, failed.getMessage());
            throw failed;
        } catch (RuntimeException bug) {
            LOG.error("Backup {} failed", name, bug);
            throw bug;
        }
    }
}
