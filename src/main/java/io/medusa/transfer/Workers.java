package io.medusa.transfer;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs worker threads and returns when all of them have ended. The first failure, or an interruption of the caller, stops the
 * others; {@link Work#abort} cleans up only after the last one has ended.
 */
final class Workers {
    /** How long workers that were interrupted get to end. */
    static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

    private final String name;
    private final Duration stopTimeout;

    /**
     * @param name of the threads
     * @param stopTimeout how long workers that were interrupted get to end
     */
    Workers(String name, Duration stopTimeout) {
        this.name = name;
        this.stopTimeout = stopTimeout;
    }

    /** What the workers share. */
    interface Work {
        /** Works until nothing is left or {@link #stop} was called; each worker calls it once. */
        void run() throws InterruptedException;

        /** Hands out nothing more. */
        void stop();

        /** Cleans up what is not finished; called when no worker runs, also after a success. */
        default void abort() {}
    }

    /**
     * Does the work with this number of threads.
     *
     * @throws MedusaException if workers are still running after the timeout of a stop; then nothing was cleaned up
     */
    void run(int count, Work work) {
        ExecutorService executor = Executors.newFixedThreadPool(count, runnable -> {
            Thread thread = new Thread(runnable, name);
            thread.setDaemon(true);
            return thread;
        });
        Throwable failure = null;
        try {
            awaitAll(executor, count, work);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            failure = Failures.interrupted(interrupted);
        } catch (ExecutionException failed) {
            failure = failed.getCause();
        }
        work.stop();
        executor.shutdownNow();
        if (!haveEnded(executor)) {
            throw stillRunning(failure);
        }
        work.abort();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
        }
    }

    private static void awaitAll(ExecutorService executor, int count, Work work)
            throws InterruptedException, ExecutionException {
        ExecutorCompletionService<Boolean> ended = new ExecutorCompletionService<>(executor);
        for (int i = 0; i < count; i++) {
            var unused = ended.submit(() -> {
                work.run();
                return true;
            });
        }
        for (int i = 0; i < count; i++) {
            ended.take().get();
        }
    }

    /** Waits for the workers to end; an interruption is kept for later. */
    private boolean haveEnded(ExecutorService executor) {
        boolean interrupted = Thread.interrupted();
        long end = System.nanoTime() + stopTimeout.toNanos();
        boolean ended = executor.isTerminated();
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
        return ended;
    }

    private MedusaException stillRunning(@Nullable Throwable failure) {
        String consequence = "threads that were told to stop are still running after " + stopTimeout.toSeconds()
                + " s, so nothing was cleaned up. Check that no medusa process is left before running it again";
        return failure instanceof MedusaException first
                ? new MedusaException(first.kind(), first.getMessage() + "; " + consequence, first)
                : new MedusaException(FailureKind.TIMEOUT, "stopping failed: " + consequence, failure);
    }
}
