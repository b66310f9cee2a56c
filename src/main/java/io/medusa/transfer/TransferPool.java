package io.medusa.transfer;

import io.medusa.error.Failures;
import io.medusa.os.ThreadPriority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Transfers items through one queue, the largest first: whole small files and parts of large ones side by side.
 *
 * <p>The first failure stops the rest and is thrown to the caller. Memory is bounded by the number of threads: each works on
 * one piece with one buffer.
 */
public final class TransferPool {
    private final Concurrency concurrency;
    private final Bandwidth bandwidth;
    private final boolean lowPriority;
    private final Progress progress;
    private final Duration stopTimeout;

    /**
     * @param concurrency how many pieces are transferred at once
     * @param bandwidth the limit; the jobs themselves ask it for their bytes
     * @param lowPriority whether the threads yield to everything else on the machine (docs/compatibility.md 11.3)
     * @param progress receives every piece that is done
     */
    public TransferPool(Concurrency concurrency, Bandwidth bandwidth, boolean lowPriority, Progress progress) {
        this(concurrency, bandwidth, lowPriority, progress, Workers.STOP_TIMEOUT);
    }

    TransferPool(
            Concurrency concurrency,
            Bandwidth bandwidth,
            boolean lowPriority,
            Progress progress,
            Duration stopTimeout) {
        this.stopTimeout = stopTimeout;
        this.concurrency = concurrency;
        this.bandwidth = bandwidth;
        this.lowPriority = lowPriority;
        this.progress = progress;
    }

    /** A fixed number of threads, and no limit of bandwidth. */
    public TransferPool(int threads, boolean lowPriority, Progress progress) {
        this(Concurrency.fixed(threads), new Bandwidth(OptionalLong.empty()), lowPriority, progress);
    }

    /** The same, which also shows its progress there. */
    public TransferPool alsoShowing(Progress other) {
        return new TransferPool(concurrency, bandwidth, lowPriority, progress.and(other), stopTimeout);
    }

    /** The limit that jobs ask for every byte they transfer. */
    public Bandwidth bandwidth() {
        return bandwidth;
    }

    /**
     * Applies the function to every piece.
     *
     * @param what is done, in one word for the progress
     * @param size in bytes, decides the order of starting
     * @return the results in the order of the pieces
     */
    public <T, R> List<R> mapAll(String what, List<T> pieces, ToLongFunction<T> size, Function<T, R> function) {
        return runAll(
                what,
                pieces,
                size,
                pieces.size(),
                piece -> TransferJob.whole(size.applyAsLong(piece), () -> function.apply(piece)));
    }

    /**
     * Runs a job for every item.
     *
     * @param job creates the job, just before its first part is transferred
     */
    public <T, R> List<R> runAll(String what, List<T> items, ToLongFunction<T> size, Function<T, TransferJob<R>> job) {
        return runAll(what, items, size, concurrency.most(), job);
    }

    private <T, R> List<R> runAll(
            String what, List<T> items, ToLongFunction<T> size, int pieces, Function<T, TransferJob<R>> job) {
        if (items.isEmpty()) {
            return List.of();
        }
        long bytes = items.stream().mapToLong(size).sum();
        try (Progress.Task task = progress.start(what, items.size(), bytes)) {
            Queue<T, R> queue = new Queue<>(items, size, job, task, bandwidth, concurrency.gate());
            work(queue, Math.min(pieces, concurrency.most()));
            return queue.results();
        }
    }

    /** A job in progress. */
    private static final class Running<R> {
        private final int item;
        private final TransferJob<R> job;
        private int left;

        Running(int item, TransferJob<R> job) {
            this.item = item;
            this.job = job;
            this.left = job.parts();
        }
    }

    /** One part of a job. */
    private record Piece<R>(Running<R> running, int part) {}

    /** What remains to be done. */
    private static final class Queue<T, R> implements Workers.Work {
        private final List<T> items;
        private final List<Integer> order;
        private final Function<T, TransferJob<R>> jobs;
        private final Progress.Task task;
        private final Bandwidth bandwidth;
        private final Concurrency.Gate gate;
        private final Object[] results;
        private final Set<Running<R>> unfinished = new LinkedHashSet<>();
        private int next;
        private @Nullable Running<R> current;
        private int nextPart;
        private boolean stopped;

        Queue(
                List<T> items,
                ToLongFunction<T> size,
                Function<T, TransferJob<R>> jobs,
                Progress.Task task,
                Bandwidth bandwidth,
                Concurrency.Gate gate) {
            this.items = items;
            this.jobs = jobs;
            this.task = task;
            this.bandwidth = bandwidth;
            this.gate = gate;
            this.results = new Object[items.size()];
            this.order = new ArrayList<>(items.size());
            for (int i = 0; i < items.size(); i++) {
                order.add(i);
            }
            order.sort(Comparator.comparingLong((Integer i) -> size.applyAsLong(items.get(i)))
                    .reversed());
        }

        @Override
        public synchronized void stop() {
            stopped = true;
        }

        private synchronized @Nullable Piece<R> take() {
            if (stopped) {
                return null;
            }
            Running<R> running = current;
            if (running == null || nextPart == running.job.parts()) {
                if (next == order.size()) {
                    return null;
                }
                int item = order.get(next++);
                running = new Running<>(item, jobs.apply(items.get(item)));
                unfinished.add(running);
                current = running;
                nextPart = 0;
            }
            return new Piece<>(running, nextPart++);
        }

        private void move(Piece<R> piece) {
            Running<R> running = piece.running();
            running.job.move(piece.part());
            boolean last;
            synchronized (this) {
                last = --running.left == 0;
            }
            if (last) {
                results[running.item] = running.job.finish();
                synchronized (this) {
                    unfinished.remove(running);
                }
            }
            task.moved(running.job.size(piece.part()));
            if (last) {
                task.done();
            }
        }

        @Override
        public void run() throws InterruptedException {
            while (true) {
                gate.enter();
                try {
                    Piece<R> piece = take();
                    if (piece == null) {
                        return;
                    }
                    move(piece);
                } finally {
                    gate.leave(bandwidth.moved());
                }
            }
        }

        @Override
        public void abort() {
            Set<Running<R>> left;
            synchronized (this) {
                left = new LinkedHashSet<>(unfinished);
            }
            left.forEach(running -> running.job.abort());
        }

        @SuppressWarnings("unchecked")
        List<R> results() {
            List<R> list = new ArrayList<>(results.length);
            for (Object result : results) {
                list.add((R) result);
            }
            return list;
        }
    }

    private void work(Queue<?, ?> queue, int workers) {
        if (workers > 1 || lowPriority) {
            new Workers("transfer", stopTimeout).run(workers, lowPriority ? new LowPriority(queue) : queue);
            return;
        }
        try {
            queue.run();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        } finally {
            queue.abort();
        }
    }

    /** The same work by threads that yield to everything else on the machine. */
    private record LowPriority(Workers.Work work) implements Workers.Work {
        @Override
        public void run() throws InterruptedException {
            ThreadPriority.lower();
            work.run();
        }

        @Override
        public void stop() {
            work.stop();
        }

        @Override
        public void abort() {
            work.abort();
        }
    }
}
