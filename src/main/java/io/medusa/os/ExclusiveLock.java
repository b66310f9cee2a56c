package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * At most one piece of work of a name at a time on this machine, whatever processes and users try.
 *
 * <p>The operating system's lock on a file decides; it ends with the process, so what a dead one leaves behind is no
 * obstacle. The file tells who holds the lock; it stays when the lock is given back, since removing it would let two
 * processes lock two files of one name. Such a lock is lost when its process opens and closes the file a second time, hence
 * the set of what this process holds.
 */
public final class ExclusiveLock implements AutoCloseable {
    private static final String SUFFIX = ".lock";
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();
    private static final int SIGNATURE = 200;

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
        Path file = file(directory, name);
        if (!HELD_HERE.add(file)) {
            throw new MedusaException(FailureKind.BUSY, what + " is running already in this process");
        }
        boolean locked = false;
        try {
            FileChannel channel = open(file);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw busy(what, channel);
                }
                locked = true;
                sign(channel);
                return new ExclusiveLock(file, channel);
            } finally {
                if (!locked) {
                    channel.close();
                }
            }
        } catch (IOException failed) {
            throw Failures.ofFile("taking the lock " + file, failed, FailureKind.LOCAL_FILE);
        } finally {
            if (!locked) {
                HELD_HERE.remove(file);
            }
        }
    }

    /** Opens the file, made on first use so that every user can lock it; a link of that name is refused. */
    private static FileChannel open(Path file) throws IOException {
        try {
            Files.createFile(file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (FileAlreadyExistsException there) {
            // made by an earlier run, perhaps of another user
        }
        return FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    private static void sign(FileChannel channel) throws IOException {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String text = ProcessHandle.current().pid() + " " + now + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    private static MedusaException busy(String what, FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(SIGNATURE);
        channel.read(content, 0);
        content.flip();
        List<String> words = Arrays.asList(
                StandardCharsets.UTF_8.decode(content).toString().strip().split(" ", -1));
        String other = words.size() == 2 ? "process " + words.get(0) + ", started " + words.get(1) : "another process";
        return new MedusaException(FailureKind.BUSY, what + " is running already: " + other + "; wait for its end");
    }

    /** Whether any process holds a lock whose name begins like this. */
    public static boolean anyHeld(Path directory, String namePrefix) {
        try (Stream<Path> files = Files.list(directory.toAbsolutePath())) {
            return files.filter(path -> {
                        String name = String.valueOf(path.getFileName());
                        return name.startsWith(namePrefix) && name.endsWith(SUFFIX);
                    })
                    .anyMatch(ExclusiveLock::isHeld);
        } catch (IOException failed) {
            throw Failures.ofFile("looking for locks in " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static Path file(Path directory, String name) {
        return directory.toAbsolutePath().resolve(name.replaceAll("[^A-Za-z0-9._-]", "_") + SUFFIX);
    }

    /** Whether any process holds the lock of that name now. */
    public static boolean isHeld(Path directory, String name) {
        return isHeld(file(directory, name));
    }

    private static boolean isHeld(Path file) {
        if (HELD_HERE.contains(file)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            FileLock lock = channel.tryLock();
            return lock == null;
        } catch (NoSuchFileException removed) {
            return false;
        } catch (IOException unknown) {
            // another user's: believe that it is in use
            return true;
        }
    }

    /**
     * What tells this lock from any other of this machine until its next start; nothing if that is not known. Two processes never hold
     * it at once.
     */
    public Optional<String> identity() {
        try {
            Map<String, Object> file = Files.readAttributes(this.file, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
            return Optional.of(file.get("dev") + ":" + file.get("ino"));
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failed) {
            throw Failures.ofFile("giving back the lock " + file, failed, FailureKind.LOCAL_FILE);
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
