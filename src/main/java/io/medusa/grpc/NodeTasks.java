package io.medusa.grpc;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Background;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What this process has begun of one kind: one at a time, each on a thread of its own, so that clients may come and go.
 *
 * @param <K> what tells them apart
 * @param <R> what comes of them
 */
final class NodeTasks<K, R> {
    /** So many that have ended are remembered; the bucket knows the rest. */
    private static final int REMEMBERED = 100;

    private final String kind;
    private final Map<K, Task<R>> tasks = new LinkedHashMap<>();
    private boolean closed;

    /** @param kind in one word, for people */
    NodeTasks(String kind) {
        this.kind = kind;
    }

    /** One of them. */
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

        /** Somebody who asked for it knows how it has ended. */
        void tell() {
            told = true;
        }

        boolean isTold() {
            return told;
        }
    }

    /**
     * Begins.
     *
     * @param how what was asked for beside the key
     * @param label what people call it
     * @param work is given where its progress is to be told
     * @throws MedusaException of kind BUSY if one is running already, or if the service is about to stop
     */
    synchronized Task<R> begin(K key, Object how, String label, Function<LatestProgress, R> work) {
        if (closed) {
            throw new MedusaException(FailureKind.BUSY, "the service is stopping. Retry once it is back");
        }
        tasks.values().forEach(task -> {
            if (task.background.isRunning()) {
                throw new MedusaException(
                        FailureKind.BUSY,
                        kind + " " + task.label + " of this node is running. Retry when it has finished");
            }
        });
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
     * The one that is running, if it is the same; otherwise begins.
     *
     * @param how what was asked for beside the key
     * @throws MedusaException of kind BUSY if it is running, but was asked for otherwise
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

    /** The one that this process has begun. */
    synchronized Optional<Task<R>> find(K key) {
        return Optional.ofNullable(tasks.get(key));
    }

    /** Whether it is running in this process. */
    boolean isRunning(K key) {
        return find(key).filter(task -> task.background.isRunning()).isPresent();
    }

    /** What it made has been deleted. */
    synchronized void forget(K key) {
        tasks.remove(key);
    }

    /**
     * Begins no more, and interrupts what runs: it gives back what it holds and can be taken up by the same request.
     *
     * @param patience to wait for its end before that
     * @param seconds to wait after that
     */
    void stop(Duration patience, long seconds) {
        Map<K, Task<R>> all;
        synchronized (this) {
            closed = true;
            all = Map.copyOf(tasks);
        }
        all.values().stream()
                .map(Task::background)
                .filter(Background::isRunning)
                .forEach(task -> {
                    if (patience.isZero() || !task.awaitEnd(patience)) {
                        task.stop(seconds);
                    }
                });
    }
}
