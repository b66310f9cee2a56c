package io.medusa.grpc;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Background;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The tasks of one kind in this process: one at a time, each on its own thread, so that clients may disconnect.
 *
 * @param <K> identifies a task
 * @param <R> the result of a task
 */
final class NodeTasks<K, R> {
    /** The number of ended tasks to remember; the bucket has the rest. */
    private static final int REMEMBERED = 100;

    private final String kind;
    private final Map<K, Task<R>> tasks = new LinkedHashMap<>();
    private boolean closed;

    /** @param kind in one word, for messages */
    NodeTasks(String kind) {
        this.kind = kind;
    }

    /** One task. */
    static final class Task<R> {
        private final Object how;
        private final String label;
        private final Background<R> background;
        private final LatestProgress progress;
        private volatile boolean told;

        private Task(Object how, String label, Background<R> background, LatestProgress progress) {
            this.how = how;
            this.label = label;
            this.background = background;
            this.progress = progress;
        }

        Background<R> background() {
            return background;
        }

        LatestProgress progress() {
            return progress;
        }

        /** A client has received its result. */
        void tell() {
            told = true;
        }

        boolean isTold() {
            return told;
        }
    }

    /**
     * Starts a task.
     *
     * @param how the options of the request besides the key
     * @param label its name in messages
     * @param work receives the destination of its progress
     * @throws MedusaException of kind BUSY if a task is running already, or if the service is stopping
     */
    synchronized Task<R> begin(K key, Object how, String label, Function<LatestProgress, R> work) {
        if (closed) {
            throw new MedusaException(FailureKind.BUSY, "the service is stopping. Retry once it is back");
        }
        checkIdle();
        tasks.remove(key);
        while (tasks.size() >= REMEMBERED) {
            tasks.remove(tasks.keySet().iterator().next());
        }
        LatestProgress progress = new LatestProgress();
        Task<R> task =
                new Task<>(how, label, Background.start(kind + " " + label, () -> work.apply(progress)), progress);
        tasks.put(key, task);
        return task;
    }

    /**
     * Checks that no task is running.
     *
     * @throws MedusaException of kind BUSY if one is
     */
    synchronized void checkIdle() {
        tasks.values().forEach(task -> {
            if (task.background.isRunning()) {
                throw new MedusaException(
                        FailureKind.BUSY,
                        kind + " " + task.label + " of this node is running. Retry when it has finished");
            }
        });
    }

    /**
     * Joins the running task if it is the same; otherwise starts one.
     *
     * @param how the options of the request besides the key
     * @throws MedusaException of kind BUSY if it is running with other options
     */
    synchronized Task<R> join(K key, Object how, String label, Function<LatestProgress, R> work) {
        Optional<Task<R>> running = find(key).filter(task -> task.background.isRunning());
        if (running.filter(task -> !task.how.equals(how)).isPresent()) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    kind + " " + label + " of this node is running with other options. Retry when it has finished");
        }
        return running.orElseGet(() -> begin(key, how, label, work));
    }

    /** The task with that key, if this process started it. */
    synchronized Optional<Task<R>> find(K key) {
        return Optional.ofNullable(tasks.get(key));
    }

    /** Whether it is running in this process. */
    boolean isRunning(K key) {
        return find(key).filter(task -> task.background.isRunning()).isPresent();
    }

    /** Forgets a task whose result has been deleted. */
    synchronized void forget(K key) {
        tasks.remove(key);
    }

    /** Accepts no more tasks. */
    synchronized void close() {
        closed = true;
    }

    /** Accepts no more tasks, and interrupts the running one, which releases what it holds and can be resumed by the same request. */
    void interrupt() {
        close();
        running().forEach(Background::interrupt);
    }

    /**
     * Waits for the end of the running task, up to a limit.
     *
     * @return whether it has ended
     * @throws MedusaException of kind INTERRUPTED if the calling thread is interrupted
     */
    boolean awaitEnd(Duration most) {
        return running().stream().allMatch(task -> task.awaitEnd(most));
    }

    /** One at most. */
    private synchronized List<Background<R>> running() {
        return tasks.values().stream()
                .map(Task::background)
                .filter(Background::isRunning)
                .toList();
    }
}
