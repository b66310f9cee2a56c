package io.medusa.os;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** What is done to files below the level of the JDK. */
public final class FileSystems {
    private static final int WHOLE_CHUNK = 1 << 30;

    private FileSystems() {}

    /**
     * Writes everything that was written to the file system of this directory to its device, in one go.
     *
     * @throws IOException if the system reports that it could not
     */
    public static void sync(Path directory) throws IOException {
        Optional<Linux> linux = Linux.library();
        if (linux.isPresent()) {
            int fd = linux.get().open(directory.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
            if (fd >= 0) {
                try {
                    if (linux.get().syncfs(fd) == 0) {
                        return;
                    }
                } finally {
                    linux.get().close(fd);
                }
            }
        }
        syncByProgram(directory);
    }

    private static void syncByProgram(Path directory) throws IOException {
        Process sync = new ProcessBuilder("sync", "-f", directory.toString())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        try {
            if (sync.waitFor() != 0) {
                throw new IOException("the file system of " + directory + " could not be synced");
            }
        } catch (InterruptedException stopped) {
            sync.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while syncing " + directory, stopped);
        }
    }

    /** Copies a file to a new one, which must not exist; inside the kernel where it can. */
    public static long copy(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            long size = in.size();
            long done = 0;
            while (done < size) {
                long moved = in.transferTo(done, Math.min(size - done, WHOLE_CHUNK), out);
                if (moved <= 0) {
                    throw new IOException(from + " became shorter while it was copied");
                }
                done += moved;
            }
            return done;
        }
    }
}
