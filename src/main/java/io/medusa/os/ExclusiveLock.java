package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * At most one piece of work of a name at a time on this machine, whatever processes try.
 *
 * <p>The operating system's lock on a file decides; it ends with the process, so what a dead one leaves behind is no
 * obstacle. The file tells who holds the lock.
 */
public final class ExclusiveLock implements AutoCloseable {
    private static final String SUFFIX = ".lock";

    private final Path file;
    private final FileChannel channel;

    private ExclusiveLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @param directory for temporary files
     * @param name of the work, the same for all that exclude each other
     * @param what the work is, for the message
     * @throws MedusaException of kind BUSY with pid and start of the other, if there is another
     */
    public static ExclusiveLock acquire(Path directory, String name, String what) {
        Path file = directory.resolve(name.replaceAll("[^A-Za-z0-9._-]", "_") + SUFFIX);
        try {
            for (int attempt = 0; attempt < 100; attempt++) {
                FileChannel channel = open(file);
                if (!tryLock(channel)) {
                    channel.close();
                    throw busy(what, file);
                }
                if (signed(file, channel)) {
                    return new ExclusiveLock(file, channel);
                }
                channel.close();
            }
            throw new MedusaException(FailureKind.BUSY, what + " is begun and ended by others all the time; try again");
        } catch (IOException failed) {
            throw Failures.ofFile("taking the lock " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS));
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    /**
     * Writes who holds the lock, and reads it back by name: if another process removed the file in between, the name stands
     * for nothing or for somebody else's file.
     */
    private static boolean signed(Path file, FileChannel channel) throws IOException {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String text = ProcessHandle.current().pid() + " " + now + " " + UUID.randomUUID() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        try {
            return Files.readString(file).equals(text);
        } catch (NoSuchFileException removed) {
            return false;
        }
    }

    /** The words that the holder wrote: pid, start, nonce. */
    private static List<String> signature(Path file) throws IOException {
        return Arrays.asList(Files.readString(file).strip().split(" ", -1));
    }

    private static MedusaException busy(String what, Path file) throws IOException {
        List<String> words = signature(file);
        String other = words.size() == 3 ? "process " + words.get(0) + ", started " + words.get(1) : "another process";
        return new MedusaException(FailureKind.BUSY, what + " is running already: " + other + "; wait for its end");
    }

    /** Whether a living process holds a lock whose name begins like this. */
    public static boolean anyHeld(Path directory, String namePrefix) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(path -> {
                        String name = String.valueOf(path.getFileName());
                        return name.startsWith(namePrefix) && name.endsWith(SUFFIX);
                    })
                    .anyMatch(ExclusiveLock::holderIsAlive);
        } catch (IOException failed) {
            throw Failures.ofFile("looking for locks in " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
            channel.close();
        } catch (IOException failed) {
            throw Failures.ofFile("giving back the lock " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static boolean holderIsAlive(Path lock) {
        try {
            long pid = Long.parseLong(signature(lock).get(0));
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        } catch (IOException | NumberFormatException gone) {
            return false;
        }
    }
}
