package io.medusa.error;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;

/** Turns the JDK's exceptions about files and threads into one-line failures. */
public final class Failures {
    private Failures() {}

    /**
     * A failure of a file operation.
     *
     * @param what the activity, such as {@code "writing /a/b"}
     * @param otherwise the kind if the cause is not a full disk, a missing permission or an interruption
     */
    public static MedusaException ofFile(String what, IOException cause, FailureKind otherwise) {
        if (cause instanceof ClosedByInterruptException
                || Thread.currentThread().isInterrupted()) {
            return interrupted(cause);
        }
        String reason = reason(cause);
        if (isDiskFull(cause)) {
            return new MedusaException(
                    FailureKind.DISK_FULL,
                    what + ": no space left on its file system, or the quota is used up. Free some space and run again",
                    cause);
        }
        if (cause instanceof AccessDeniedException || Errno.PERMISSION_DENIED.isIn(reason)) {
            FailureKind kind = otherwise == FailureKind.STORAGE_UNAVAILABLE ? FailureKind.STORAGE_DENIED : otherwise;
            return new MedusaException(
                    kind,
                    what + ": permission denied for user " + System.getProperty("user.name")
                            + ". Grant it, or run medusa as another user",
                    cause);
        }
        if (Errno.READ_ONLY.isIn(reason)) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED, what + ": the file system is mounted read-only", cause);
        }
        return new MedusaException(otherwise, what + ": " + reason, cause);
    }

    /** Whether a file operation failed because the file system or the quota of its user is full, in any language of the system. */
    public static boolean isDiskFull(IOException failed) {
        return Errno.NO_SPACE.isIn(reason(failed));
    }

    /** Whether writing failed because the reader closed the pipe, in any language of the system. */
    public static boolean isBrokenPipe(IOException failed) {
        return Errno.BROKEN_PIPE.isIn(reason(failed));
    }

    /** The failure of an operation that was stopped by a signal or by another failure. */
    public static MedusaException interrupted(Throwable cause) {
        return new MedusaException(FailureKind.INTERRUPTED, "interrupted", cause);
    }

    /**
     * Waits.
     *
     * @throws MedusaException of kind INTERRUPTED if this thread is interrupted, which it stays
     */
    public static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw interrupted(interrupted);
        }
    }

    /** The root cause of a failure, in words. */
    public static Throwable root(Throwable failed) {
        Throwable root = failed;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    private static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException missing) {
            return missing.getFile() + " does not exist";
        }
        if (cause instanceof NotDirectoryException file) {
            return file.getFile() + " is not a directory";
        }
        if (cause instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
