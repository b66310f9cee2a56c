package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;

/** Tells whether what a command printed has arrived; print streams only remember that it has not. */
final class StandardOutput {
    private StandardOutput() {}

    /**
     * Flushes the writer and checks that nothing was lost. A reader that closed the pipe has what they want.
     *
     * @throws MedusaException of kind LOCAL_FILE, for example if the disk is full
     */
    static void check(PrintWriter out) {
        boolean isComplete = !out.checkError();
        // both are flushed, whatever the first says
        isComplete &= !System.out.checkError();
        if (isComplete) {
            return;
        }
        try {
            // not closed: the descriptor belongs to the process
            new FileOutputStream(FileDescriptor.out).write('\n');
        } catch (IOException why) {
            if (!Failures.isBrokenPipe(why)) {
                throw Failures.ofFile("writing to standard output", why, FailureKind.LOCAL_FILE);
            }
        }
    }
}
