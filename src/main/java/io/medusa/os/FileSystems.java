package io.medusa.os;

import com.sun.jna.Native;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;

/** File operations that the JDK does not offer. */
public final class FileSystems {
    private static final int WHOLE_CHUNK = 1 << 30;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    private FileSystems() {}

    /**
     * Syncs the file system of a directory to its device, as a whole.
     *
     * @throws IOException if the system reports a failure
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

    /** Syncs a file, or the entries of a directory, to its device. */
    public static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
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

    /**
     * Swaps the names of two files or directories of one file system atomically.
     *
     * @return whether it was done; {@code false} if the system or the file system does not support it
     */
    public static boolean exchange(Path one, Path other) throws IOException {
        Optional<Linux> linux = Linux.library();
        long renameat2 = renameat2Number();
        if (linux.isEmpty() || renameat2 < 0) {
            return false;
        }
        int result = linux.get()
                .syscall(
                        renameat2,
                        Linux.AT_FDCWD,
                        one.toString(),
                        Linux.AT_FDCWD,
                        other.toString(),
                        Linux.RENAME_EXCHANGE);
        if (result == 0) {
            return true;
        }
        int error = Native.getLastError();
        if (error == EINVAL || error == ENOSYS) {
            return false;
        }
        throw new FileSystemException(
                one.toString(), other.toString(), "the two could not be swapped (error " + error + ")");
    }

    private static long renameat2Number() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> 316;
            case "aarch64" -> 276;
            default -> -1;
        };
    }

    /** The inode number of a file or directory; 0 if there is none. */
    public static long identity(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                ? ((Number) Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS)).longValue()
                : 0;
    }

    /** Whether two existing files or directories are on one file system, so that links and renames between them are possible. */
    public static boolean areTogether(Path one, Path other) throws IOException {
        return Files.getAttribute(one, "unix:dev").equals(Files.getAttribute(other, "unix:dev"));
    }

    /** Whether anything is mounted on the directory or below it; false if the system does not tell. */
    public static boolean hasMounts(Path directory) throws IOException {
        if (!Files.isReadable(MOUNTS)) {
            return false;
        }
        // blanks and some other characters are octal escapes there
        Path there = directory.toAbsolutePath().normalize();
        return Files.readAllLines(MOUNTS).stream()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 4)
                .map(fields -> Path.of(
                        fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")))
                .anyMatch(mount -> mount.startsWith(there));
    }

    /** Copies a file to a new one, which must not exist; inside the kernel if possible. */
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

    /** The free space in bytes for this user at an existing or future path; empty if the system does not tell. */
    public static OptionalLong freeSpace(Path path) {
        Path existing = path;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return existing == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Files.getFileStore(existing).getUsableSpace());
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }

    /** The path with symbolic links resolved; unchanged if nothing exists there. */
    public static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException absent) {
            return path.toAbsolutePath().normalize();
        }
    }

    /** A text without the byte order mark that Windows editors write. */
    public static String withoutByteOrderMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** Writes a small world-readable text atomically: readers find the old or the new one, never a part. */
    public static void replace(Path file, String text) throws IOException {
        Path half = Files.createTempFile(file.toAbsolutePath().getParent(), ".medusa", ".tmp");
        try {
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rw-r--r--"));
            Files.writeString(half, text);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(half);
        }
    }
}
