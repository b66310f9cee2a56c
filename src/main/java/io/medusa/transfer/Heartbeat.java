package io.medusa.transfer;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Repeats a small action in the background until closed. A failure is reported, and the next beat tries again. */
public final class Heartbeat implements AutoCloseable {
    private final ScheduledExecutorService executor;

    private Heartbeat(ScheduledExecutorService executor) {
        this.executor = executor;
    }

    /**
     * Starts beating, the first time after one interval.
     *
     * @param failed receives the failure of a beat, on the background thread
     */
    public static Heartbeat start(Duration interval, Runnable action, Consumer<RuntimeException> failed) {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        var unused = executor.scheduleWithFixedDelay(
                () -> {
                    try {
                        action.run();
                    } catch (RuntimeException failure) {
                        failed.accept(failure);
                    } catch (Error failure) {
                        // else the executor would never beat again, and tell nobody
                        failed.accept(new IllegalStateException(failure.toString(), failure));
                    }
                },
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
        return new Heartbeat(executor);
    }

    /** Stops. A beat in progress is interrupted, and waited for. */
    @Override
    public void close() {
        executor.shutdownNow();
        boolean interrupted = Thread.interrupted();
        try {
            executor.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
