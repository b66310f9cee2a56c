package io.medusa.transfer;

import io.medusa.error.Failures;
import io.medusa.os.ThreadPriority;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * A fixed number of threads that work off one queue, the largest pieces first.
 *
 * <p>The first failure stops the rest and is thrown to the caller. Memory is bounded by the number of threads: each works on
 * one piece with one buffer.
 */
public final class TransferPool {
    private static final long STOP_SECONDS = 60;

    private final int threads;
    private final boolean lowPriority;
    private final Progress progress;

    /**
     * @param threads how many pieces move at once, at least 1
     * @param lowPriority whether the threads yield to everything else on the machine (compat.md 11.3)
     * @param progress is told of every piece that is done
     */
    public TransferPool(int threads, boolean lowPriority, Progress progress) {
        this.threads = Math.max(1, threads);
        this.lowPriority = lowPriority;
        this.progress = progress;
    }

    /**
     * Applies the function to every piece.
     *
     * @param what is done, in one word for the progress
     * @param size in bytes, decides the order of starting
     * @return the results in the order of the pieces
     */
    public <T, R> List<R> mapAll(String what, List<T> pieces, ToLongFunction<T> size, Function<T, R> function) {
        if (pieces.isEmpty()) {
            return List.of();
        }
        List<Integer> order = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingLong((Integer i) -> size.applyAsLong(pieces.get(i)))
                .reversed());
        Object[] results = new Object[pieces.size()];
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean stopped = new AtomicBoolean();
        long bytes = pieces.stream().mapToLong(size).sum();
        try (Progress.Task task = progress.start(what, pieces.size(), bytes)) {
            run(Math.min(threads, pieces.size()), stopped, () -> {
                for (int i = next.getAndIncrement(); i < order.size(); i = next.getAndIncrement()) {
                    if (stopped.get()) {
                        return;
                    }
                    int piece = order.get(i);
                    results[piece] = function.apply(pieces.get(piece));
                    task.done(size.applyAsLong(pieces.get(piece)));
                }
            });
        }
        return collect(results);
    }

    @SuppressWarnings("unchecked")
    private static <R> List<R> collect(Object[] results) {
        List<R> list = new ArrayList<>(results.length);
        for (Object result : results) {
            list.add((R) result);
        }
        return list;
    }

    private void run(int workers, AtomicBoolean stopped, Runnable work) {
        if (workers == 1 && !lowPriority) {
            work.run();
            return;
        }
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
                    work.run();
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
            stopped.set(true);
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
