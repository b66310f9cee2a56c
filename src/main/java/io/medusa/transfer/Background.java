package io.medusa.transfer;

import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes on by itself on a thread of its own, whoever asked for it.
 *
 * @param <R> what comes of it
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
     * Starts it.
     *
     * @param name of the thread
     */
    public static <R> Background<R> start(String name, Supplier<R> work) {
        Background<R> background = new Background<>(name, work);
        background.thread.start();
        return background;
    }

    /** Whether it goes on. */
    public boolean isRunning() {
        return ended.getCount() > 0;
    }

    /** Whether it has ended without a failure. */
    public boolean hasSucceeded() {
        return !isRunning() && result != null;
    }

    /**
     * Waits for its end.
     *
     * @throws RuntimeException what it failed with
     * @throws MedusaException of kind INTERRUPTED if this thread is interrupted, which leaves it going on
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
     * Waits for its end, but not longer than that; tells whether it has ended.
     *
     * @throws MedusaException of kind INTERRUPTED if this thread is interrupted, which leaves it going on
     */
    public boolean awaitEnd(Duration most) {
        try {
            return ended.await(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    /** Interrupts it, and gives it so long to clean up after itself. */
    public void stop(long seconds) {
        thread.interrupt();
        try {
            boolean unused = ended.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
