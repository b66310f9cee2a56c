package io.medusa;

import io.medusa.cli.MedusaCommand;
import io.medusa.cli.terminal.Console;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the command line. A signal interrupts the work and waits for it to clean up after itself. */
public final class Main {
    /** A restore that a service has begun may take some minutes to its end. */
    private static final long CLEAN_UP_SECONDS = 420;

    private Main() {}

    /** The program. */
    public static void main(String... arguments) {
        Thread main = Thread.currentThread();
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger status = new AtomicInteger(1);
        Thread hook = new Thread(() -> interrupt(main, done, status), "shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            Console console = Console.ofProcess(System.getProperty("medusa.terminals", ""), System.getenv());
            status.set(new MedusaCommand(System.getenv(), console, null)
                    .commandLine()
                    .execute(arguments));
        } finally {
            done.countDown();
        }
        System.exit(status.get());
    }

    private static void interrupt(Thread main, CountDownLatch done, AtomicInteger status) {
        if (done.getCount() == 0) {
            return;
        }
        main.interrupt();
        try {
            if (done.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS) && status.get() == 0) {
                // it had done its work, or being stopped is how it ends; else the signal decides the status
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
