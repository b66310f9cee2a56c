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
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A named lock among all processes of this user on this machine, and of other users who may write to the directory, unless
 * everybody may.
 *
 * <p>It is the operating system's lock on a file. It ends with its process, so a dead process does not block others. The file names
 * the holder. It is never removed, because that would let two processes lock two files of the same name. A process loses such a lock
 * when it opens and closes the file a second time, hence the set of locks that this process holds.
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
     * @param directory the directory for temporary files
     * @param name the name of the lock
     * @param what the activity, for the message
     * @throws MedusaException of kind BUSY, with pid and start of the holder, if the lock is held
     */
    public static ExclusiveLock acquire(Path directory, String name, String what) {
        Path file = file(directory, name);
        if (!HELD_HERE.add(file)) {
            throw new MedusaException(FailureKind.BUSY, what + " is already running in this process");
        }
        boolean locked = false;
        try {
            FileChannel channel = open(file);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw busy(what, channel);
                }
                // a thread that is interrupted now must not keep the lock for ever
                sign(channel);
                locked = true;
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

    /** Opens the file, and creates it on first use so that every user can lock it. Refuses a link. */
    private static FileChannel open(Path file) throws IOException {
        try {
            Files.createFile(file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (FileAlreadyExistsException there) {
            // created by an earlier run, possibly of another user
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
        return new MedusaException(
                FailureKind.BUSY, what + " is already running: " + other + ". Wait for it to finish");
    }

    /** Whether any process holds a lock whose name starts with this text. */
    public static boolean anyHeld(Path directory, String namePrefix) {
        Path one = file(directory, namePrefix);
        String beginning = String.valueOf(one.getFileName()).replace(SUFFIX, "");
        try (Stream<Path> files = Files.list(Objects.requireNonNull(one.getParent()))) {
            return files.filter(path -> {
                        String name = String.valueOf(path.getFileName());
                        return name.startsWith(beginning) && name.endsWith(SUFFIX);
                    })
                    .anyMatch(ExclusiveLock::isHeld);
        } catch (IOException failed) {
            throw Failures.ofFile("looking for locks in " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** In a world-writable directory anybody could take the lock and keep it, so the lock is placed in this user's own directory. */
    private static Path file(Path directory, String name) {
        String plain = name.replaceAll("[^A-Za-z0-9._-]", "_") + SUFFIX;
        Path absolute = directory.toAbsolutePath().normalize();
        return isOpenToAll(absolute)
                ? privateDirectory().resolve(Integer.toHexString(absolute.hashCode()) + "-" + plain)
                : absolute.resolve(plain);
    }

    private static boolean isOpenToAll(Path directory) {
        try {
            return Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
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
            // another user's: assume that it is held
            return true;
        }
    }

    /**
     * An identity of this lock that is unique on this machine until its next boot; empty if unknown. No two processes hold it at the
     * same time.
     */
    public Optional<String> identity() {
        return identity(file);
    }

    /** An identity of a file or directory that is unique on this machine until its next boot; empty if unknown. */
    public static Optional<String> identity(Path path) {
        try {
            Map<String, Object> file = Files.readAttributes(path, "unix:dev,ino");
            return Optional.of(file.get("dev") + ":" + file.get("ino"));
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
    }

    /**
     * A directory for this user's locks that no other user can write to and that does not depend on environment variables.
     *
     * @throws MedusaException of kind LOCAL_FILE if none can be created
     */
    public static Path privateDirectory() {
        String user = System.getProperty("user.name", "");
        List<Path> homes = new ArrayList<>();
        if (user.equals("root")) {
            homes.addAll(List.of(Path.of("/run/lock"), Path.of("/var/lock"), Path.of("/run")));
        } else {
            own("/proc/self", "unix:uid").ifPresent(uid -> homes.add(Path.of("/run/user/" + uid)));
        }
        homes.addAll(List.of(Path.of("/tmp"), Path.of("/var/tmp"), Path.of(System.getProperty("java.io.tmpdir", ""))));
        IOException last = new IOException("no directory can be written to");
        for (Path home : homes) {
            try {
                return makePrivate(home.resolve("medusa-" + user.replaceAll("[^A-Za-z0-9._-]", "_")));
            } catch (IOException unusable) {
                last = unusable;
            }
        }
        throw Failures.ofFile("creating a directory for locks", last, FailureKind.LOCAL_FILE);
    }

    private static Optional<String> own(String path, String attribute) {
        try {
            return Optional.of(String.valueOf(Files.getAttribute(Path.of(path), attribute)));
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
    }

    private static Path makePrivate(Path directory) throws IOException {
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException there) {
            // created by an earlier run, or by another user to block this one
        }
        PosixFileAttributes made =
                Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        boolean isOwn = made.isDirectory()
                && made.permissions().equals(PosixFilePermissions.fromString("rwx------"))
                && own("/proc/self", "unix:uid").equals(own(directory.toString(), "unix:uid"));
        if (!isOwn || !Files.isWritable(directory)) {
            throw new IOException(directory + " is not a directory that only this user can write to");
        }
        return directory;
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failed) {
            throw Failures.ofFile("releasing the lock " + file, failed, FailureKind.LOCAL_FILE);
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
