package io.medusa.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets several processes run one storage call at a time, in an order that a random number decides. Each process has a thread, but
 * only the one whose turn it is goes on; so a seed tells the whole story and can be told again.
 */
final class Scheduler {
    private static final Optional<ExecutorService> LIGHT = virtualThreads();
    private static final ExecutorService THREADS = LIGHT.orElseGet(() -> Executors.newCachedThreadPool(runnable -> {
        Thread thread = new Thread(runnable, "simulated");
        thread.setDaemon(true);
        return thread;
    }));

    /** Where Java has them (21 and later), handing over the turn is a matter of a microsecond, however busy the machine is. */
    private static Optional<ExecutorService> virtualThreads() {
        try {
            return Optional.of((ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null));
        } catch (ReflectiveOperationException | UnsupportedOperationException older) {
            return Optional.empty();
        }
    }

    private final Random random;
    private final Time time;
    private final double stay;
    private final List<Process> processes = new ArrayList<>();
    private volatile Process turn;
    private volatile boolean over;
    private Thread starter;
    private long path = 1;

    Scheduler(Random random, Time time) {
        this.random = random;
        this.time = time;
        this.stay = random.nextInt(3) * 0.4;
    }

    /** What all processes share. */
    interface Time {
        Instant now();

        void passTo(Instant moment);
    }

    /** Thrown into a process that dies; nothing in the product catches it. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1;

        Crash() {
            super("crash", null, false, false);
        }
    }

    /** A process: what it does, and how it ended. */
    static final class Process {
        final String name;
        final int crashAt;
        /** The number of the storage call before which it sleeps for hours or days; negative for never. */
        int suspendAt = -1;

        private final Work work;
        private volatile Thread thread;
        private boolean ended;
        private int calls;
        private Instant asleepUntil = Instant.MIN;
        /** Which must be over before this one begins; {@code null} for none. */
        Process after;

        boolean crashed;
        Throwable failure;

        /** @param crashAt the number of the storage call before which it dies; negative for never */
        Process(String name, int crashAt, Work work) {
            this.name = name;
            this.crashAt = crashAt;
            this.work = work;
        }

        int calls() {
            return calls;
        }

        private boolean isWaiting() {
            return after != null && !after.ended;
        }

        /** Others go on until then. */
        void sleepUntil(Instant moment) {
            asleepUntil = moment;
        }

        boolean succeeded() {
            return ended && !crashed && failure == null;
        }
    }

    /** What a process does. */
    interface Work {
        void run(Process self) throws Exception;
    }

    /** Runs all of them until each has ended or died; returns a number that stands for the order of their calls. */
    long run(List<Process> all) {
        processes.addAll(all);
        starter = Thread.currentThread();
        turn = pick(null);
        for (Process process : all) {
            THREADS.execute(() -> body(process));
        }
        while (!over) {
            LockSupport.park(this);
        }
        return path;
    }

    private void body(Process process) {
        process.thread = Thread.currentThread();
        awaitTurn(process);
        try {
            process.work.run(process);
        } catch (Crash crash) {
            process.crashed = true;
        } catch (Throwable failed) {
            process.failure = failed;
        }
        process.ended = true;
        Process next = pick(process);
        if (next == null) {
            over = true;
            LockSupport.unpark(starter);
        } else {
            pass(next);
        }
    }

    private void pass(Process next) {
        turn = next;
        Thread thread = next.thread;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private void awaitTurn(Process process) {
        int spins = 0;
        while (turn != process) {
            if (LIGHT.isEmpty() && ++spins < 200) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Lets others go first, all of them if it sleeps. */
    void yield(Process process) {
        Process next = pick(process);
        if (next != process) {
            pass(next);
            awaitTurn(process);
        }
    }

    /** To be called by a process before each of its storage calls: others may go first, and it may die. */
    void step(Process process) {
        if (process.crashed) {
            throw new Crash();
        }
        this.yield(process);
        path = path * 31 + processes.indexOf(process) + 1;
        if (process.calls++ == process.crashAt) {
            process.crashed = true;
            path = path * 31 + 17;
            throw new Crash();
        }
    }

    private Process pick(Process current) {
        if (current != null && isReady(current) && random.nextDouble() < stay) {
            return current;
        }
        int ready = 0;
        Process first = null;
        for (Process process : processes) {
            if (isReady(process)) {
                ready++;
            } else if (!process.ended
                    && !process.isWaiting()
                    && (first == null || process.asleepUntil.isBefore(first.asleepUntil))) {
                first = process;
            }
        }
        if (ready == 0) {
            if (first != null) {
                time.passTo(first.asleepUntil);
            }
            return first;
        }
        int chosen = random.nextInt(ready);
        for (Process process : processes) {
            if (isReady(process) && chosen-- == 0) {
                return process;
            }
        }
        throw new IllegalStateException();
    }

    private boolean isReady(Process process) {
        return !process.ended && !process.isWaiting() && !process.asleepUntil.isAfter(time.now());
    }
}
