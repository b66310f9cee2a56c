package io.medusa;

import io.medusa.cli.MedusaCommand;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Starts the command line. A signal interrupts the work and waits for it to clean up after itself. */
public final class Main {
    private static final long CLEAN_UP_SECONDS = 60;

    private Main() {}

    /** The program. */
    public static void main(String... arguments) {
        Thread main = Thread.currentThread();
        CountDownLatch done = new CountDownLatch(1);
        Thread hook = new Thread(() -> interrupt(main, done), "shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        int status;
        try {
            status = new MedusaCommand().commandLine().execute(arguments);
        } finally {
            done.countDown();
        }
        System.exit(status);
    }

    private static void interrupt(Thread main, CountDownLatch done) {
        if (done.getCount() == 0) {
            return;
        }
        main.interrupt();
        try {
            done.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
