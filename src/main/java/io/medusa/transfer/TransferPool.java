package io.medusa.transfer;

import io.medusa.error.Failures;
import io.medusa.os.ThreadPriority;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work off one queue, the largest first: whole small files and parts of large ones side by side.
 *
 * <p>The first failure stops the rest and is thrown to the caller. Memory is bounded by the number of threads: each works on
 * one piece with one buffer.
 */
public final class TransferPool {
    private static final long STOP_SECONDS = 60;

    private final Concurrency concurrency;
    private final Bandwidth bandwidth;
    private final boolean lowPriority;
    private final Progress progress;

    /**
     * @param concurrency how many pieces move at once
     * @param bandwidth that what is moved takes its bytes from; whoever moves them asks it
     * @param lowPriority whether the threads yield to everything else on the machine (docs/compatibility.md 11.3)
     * @param progress is told of every piece that is done
     */
    public TransferPool(Concurrency concurrency, Bandwidth bandwidth, boolean lowPriority, Progress progress) {
        this.concurrency = concurrency;
        this.bandwidth = bandwidth;
        this.lowPriority = lowPriority;
        this.progress = progress;
    }

    /** A fixed number of threads, and no limit of bandwidth. */
    public TransferPool(int threads, boolean lowPriority, Progress progress) {
        this(Concurrency.fixed(threads), new Bandwidth(OptionalLong.empty()), lowPriority, progress);
    }

    /** What every byte that is moved has to be asked of. */
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
     * Does a job for every item.
     *
     * @param job is made when its first part is about to move
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
            Queue<T, R> queue = new Queue<>(items, size, job, task);
            try {
                work(queue, Math.min(pieces, concurrency.most()));
            } finally {
                queue.abortUnfinished();
            }
            return queue.results();
        }
    }

    /** A job that has begun. */
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

    /** What is still to be done. */
    private static final class Queue<T, R> {
        private final List<T> items;
        private final List<Integer> order;
        private final Function<T, TransferJob<R>> jobs;
        private final Progress.Task task;
        private final Object[] results;
        private final Set<Running<R>> unfinished = new LinkedHashSet<>();
        private int next;
        private @Nullable Running<R> current;
        private int nextPart;
        private boolean stopped;

        Queue(List<T> items, ToLongFunction<T> size, Function<T, TransferJob<R>> jobs, Progress.Task task) {
            this.items = items;
            this.jobs = jobs;
            this.task = task;
            this.results = new Object[items.size()];
            this.order = new ArrayList<>(items.size());
            for (int i = 0; i < items.size(); i++) {
                order.add(i);
            }
            order.sort(Comparator.comparingLong((Integer i) -> size.applyAsLong(items.get(i)))
                    .reversed());
        }

        synchronized void stop() {
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

        /** Works until nothing is left. */
        void work(Concurrency.Gate gate, Bandwidth bandwidth) throws InterruptedException {
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

        void abortUnfinished() {
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
        if (workers == 1 && !lowPriority) {
            try {
                queue.work(concurrency.gate(), bandwidth);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw Failures.interrupted(interrupted);
            }
            return;
        }
        Concurrency.Gate gate = concurrency.gate();
        ExecutorService executor = Executors.newFixedThreadPool(workers, runnable -> {
            Thread thread = new Thread(runnable, "transfer");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ExecutorCompletionService<Boolean> completion = new ExecutorCompletionService<>(executor);
            for (int i = 0; i < workers; i++) {
                var unused = completion.submit(() -> {
                    if (lowPriority) {
                        ThreadPriority.lower();
                    }
                    queue.work(gate, bandwidth);
                    return true;
                });
            }
            for (int i = 0; i < workers; i++) {
                await(completion.take());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        } finally {
            queue.stop();
            executor.shutdownNow();
            awaitEnd(executor);
        }
    }

    private static void await(Future<Boolean> worker) throws InterruptedException {
        try {
            worker.get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(cause);
        }
    }

    /** Nobody may go on while a worker still reads or writes; an interruption is kept for later. */
    private static void awaitEnd(ExecutorService executor) {
        boolean interrupted = Thread.interrupted();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
        boolean ended = false;
        while (!ended && System.nanoTime() < end) {
            try {
                ended = executor.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
