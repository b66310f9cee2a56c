package io.medusa.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what comes true by itself, with a bound that a loaded machine does not reach. */
public final class Await {
    private static final long BOUND = TimeUnit.MINUTES.toNanos(3);
    private static final long BETWEEN = TimeUnit.MILLISECONDS.toNanos(50);

    private Await() {}

    /** Something that comes true by itself. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** What to say if it doesn't, such as the log of a process. */
    public interface Description {
        String text() throws Exception;
    }

    /** Returns once it holds; fails if it does not in three minutes. */
    public static void until(String what, Condition condition) throws Exception {
        until(condition, () -> what);
    }

    /** Returns once it holds; fails if it does not in three minutes. */
    public static void until(Condition condition, Description what) throws Exception {
        long end = System.nanoTime() + BOUND;
        while (!condition.holds()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain: " + what.text());
            }
            LockSupport.parkNanos(BETWEEN);
        }
    }

    /** Returns once the file is there. */
    public static void file(Path file) throws Exception {
        until(file.toString(), () -> Files.exists(file));
    }

    /** Returns in another second than it was called in: starts of backups are whole seconds, and those of one have no order. */
    public static void nextSecond() throws Exception {
        long second = Instant.now().getEpochSecond();
        until("the next second", () -> Instant.now().getEpochSecond() != second);
    }
}
