package io.medusa.grpc;

import io.medusa.backup.BackupNode;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.transfer.Background;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The backups that this process has begun: one at a time, each on a thread of its own, so that clients may come and go. */
final class BackupTasks {
    /** So many that have ended are remembered; the bucket knows the rest. */
    private static final int REMEMBERED = 100;

    private final Map<BackupName, Background<BackupNode.Result>> tasks = new LinkedHashMap<>();
    private boolean closed;

    /**
     * Begins a backup.
     *
     * @throws MedusaException of kind BUSY if one is running already, or if the service is about to stop
     */
    synchronized Background<BackupNode.Result> begin(BackupName name, Supplier<BackupNode.Result> work) {
        if (closed) {
            throw new MedusaException(FailureKind.BUSY, "the service is stopping; ask again when it is back");
        }
        tasks.forEach((running, task) -> {
            if (task.isRunning()) {
                throw new MedusaException(
                        FailureKind.BUSY, "backup " + running + " of this node is running; wait for its end");
            }
        });
        tasks.remove(name);
        while (tasks.size() >= REMEMBERED) {
            tasks.remove(tasks.keySet().iterator().next());
        }
        Background<BackupNode.Result> task = Background.start("backup " + name, work);
        tasks.put(name, task);
        return task;
    }

    /** The backup of that name, if this process has begun it. */
    synchronized Optional<Background<BackupNode.Result>> find(BackupName name) {
        return Optional.ofNullable(tasks.get(name));
    }

    /** Whether a backup of that name is running in this process. */
    boolean isRunning(BackupName name) {
        return find(name).filter(Background::isRunning).isPresent();
    }

    /** It has been deleted. */
    synchronized void forget(BackupName name) {
        tasks.remove(name);
    }

    /** Begins no more, and interrupts what runs: it gives back what it holds and can be taken up by the same name. */
    void stop(long seconds) {
        Map<BackupName, Background<BackupNode.Result>> all;
        synchronized (this) {
            closed = true;
            all = Map.copyOf(tasks);
        }
        all.values().stream().filter(Background::isRunning).forEach(task -> task.stop(seconds));
    }
}
