package io.medusa.transfer;

import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A task on its own thread, which keeps running when the caller that started it is gone.
 *
 * @param <R> the result
 */
public final class Background<R> {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable R result;
    private volatile @Nullable RuntimeException failure;

    private Background(String name, Supplier<R> work) {
        this.thread = new Thread(
                () -> {
                    try {
                        result = work.get();
                    } catch (RuntimeException failed) {
                        failure = failed;
                    } finally {
                        ended.countDown();
                    }
                },
                name);
    }

    /**
     * Starts the task.
     *
     * @param name of the thread
     */
    public static <R> Background<R> start(String name, Supplier<R> work) {
        Background<R> background = new Background<>(name, work);
        background.thread.start();
        return background;
    }

    /** Whether the task is still running. */
    public boolean isRunning() {
        return ended.getCount() > 0;
    }

    /** Whether the task has ended without a failure. */
    public boolean hasSucceeded() {
        return !isRunning() && result != null;
    }

    /**
     * Waits for the result.
     *
     * @throws RuntimeException the failure of the task
     * @throws MedusaException of kind INTERRUPTED if the calling thread is interrupted; the task keeps running
     */
    public R await() {
        try {
            ended.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
        RuntimeException failed = failure;
        if (failed != null) {
            throw failed;
        }
        R done = result;
        if (done == null) {
            throw new IllegalStateException("the thread died: " + thread.getName());
        }
        return done;
    }

    /**
     * Waits for the task to end, up to a limit.
     *
     * @return whether it has ended
     * @throws MedusaException of kind INTERRUPTED if the calling thread is interrupted; the task keeps running
     */
    public boolean awaitEnd(Duration most) {
        try {
            return ended.await(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    /** Interrupts the task, and does not wait for it to clean up. */
    public void interrupt() {
        thread.interrupt();
    }

    /** Interrupts the task and waits up to {@code seconds} for it to clean up. */
    public void stop(long seconds) {
        interrupt();
        try {
            boolean unused = ended.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
