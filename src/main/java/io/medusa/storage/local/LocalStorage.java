package io.medusa.storage.local;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.os.FileSystems;
import io.medusa.os.QuietFile;
import io.medusa.storage.ContentStream;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.Range;
import io.medusa.storage.StoredObject;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bucket in a directory: each object is a file whose path below the directory is the key.
 *
 * <p>An object is written under a temporary name in {@value #TEMPORARY} of the same directory and renamed when complete, so neither a
 * reader nor a crash ever leaves a partial one visible. Texts are synced when {@link #put} returns; {@link #flush} syncs the data, once
 * for the whole file system. Listings contain no hashes.
 */
public final class LocalStorage implements ObjectStorage {
    /** The directory for objects being written; no key starts with it. */
    static final String TEMPORARY = ".medusa-tmp";

    private static final long LARGE = 1 << 20;
    private static final Duration FORGET_TEMPORARIES_AFTER = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(LocalStorage.class);

    private final Path root;
    private final Path temporaries;
    private final Queue<Path> large = new ConcurrentLinkedQueue<>();
    private final String unique = UUID.randomUUID().toString();
    private final AtomicBoolean swept = new AtomicBoolean();
    private final BucketDirectories directories;
    /** False once the file system has turned out to lack hard links. */
    private volatile Overwriting overwriting = Overwriting.PREVENTED;

    /** @param root the directory of the bucket; created when something is first stored */
    public LocalStorage(Path root) {
        this.root = root.toAbsolutePath().normalize();
        this.temporaries = this.root.resolve(TEMPORARY);
        this.directories = new BucketDirectories(this.root);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        return put(key, source, Precondition.NONE);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        String what = "storing " + source.describe() + " as " + key + " in " + root;
        StoredObject stored = write(what, key, when, temporary -> {
            try (var in = source.open();
                    FileChannel out =
                            FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                HashingCopy.Result copied = HashingCopy.copy(in, out, source.size());
                if (copied.size() >= LARGE) {
                    large.add(path(key));
                }
                if (isSmallText(source)) {
                    out.force(true);
                }
                if (copied.size() != source.size()) {
                    throw new IOException(source.describe() + " is " + copied.size() + " bytes long and was planned as "
                            + source.size() + ": it changed while it was read");
                }
                return copied.hash();
            }
        });
        if (isSmallText(source)) {
            syncName(key);
        }
        return stored;
    }

    /**
     * Objects that others rely on immediately (announcements, leases, pins, the index) must not be empty or missing after a power
     * failure. They are few, and the data waits for {@link #flush}.
     */
    private static boolean isSmallText(ObjectSource source) {
        return source instanceof ObjectSource.OfBytes && source.size() > 0;
    }

    private void syncName(ObjectKey key) {
        Path directory = Objects.requireNonNull(path(key).getParent());
        try {
            FileSystems.syncFile(directory);
        } catch (NoSuchFileException deletedAgain) {
            // and its entry in the directory
        } catch (IOException failed) {
            throw Failures.ofFile("syncing " + directory, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return copy(from, size, to, Precondition.NONE);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        Path original = path(from);
        StoredObject copied = write("copying " + from + " to " + to + " in " + root, to, when, temporary -> {
            FileSystems.copy(original, temporary);
            return null;
        });
        return copied;
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        try {
            return opened(path(key), offset)
                    .map(whole -> length == Long.MAX_VALUE ? whole : new Range(whole, length))
                    .map(content -> new ContentStream(content, "reading " + key + " in " + root));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException failed) {
            if (isInsideAFile(key, failed)) {
                return Optional.empty();
            }
            throw Failures.ofFile("reading " + key + " in " + root, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    /** Opens a plain {@link FileInputStream}, which {@link ContentStream#channel} reads without another buffer. */
    private static Optional<InputStream> opened(Path path, long offset) throws IOException {
        try {
            FileInputStream stream = new FileInputStream(path.toFile());
            if (offset > 0) {
                stream.getChannel().position(offset);
            }
            return Optional.of(stream);
        } catch (FileNotFoundException whatever) {
            // that could be anything: ask again in a way that tells
            FileChannel.open(path, StandardOpenOption.READ).close();
            if (Files.isDirectory(path)) {
                return Optional.empty();
            }
            throw whatever;
        }
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        Path path = path(key);
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isRegularFile() ? Optional.of(Listing.stored(key, attributes)) : Optional.empty();
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException failed) {
            if (isInsideAFile(key, failed)) {
                return Optional.empty();
            }
            throw Failures.ofFile("looking for " + key + " in " + root, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return new Listing(root).list(prefix);
    }

    /**
     * Creates and removes an entry in the directory. An NFS client may answer look-ups and listings from its cache for up to a minute
     * (nfs(5), actimeo), but a change of a directory goes to the server at once, and the answer invalidates an outdated cache.
     */
    @Override
    public void refresh(String prefix) {
        Path directory = root.resolve(prefix);
        if (!Files.isDirectory(root)) {
            return;
        }
        try {
            Path name = directory.resolve(TEMPORARY + "-" + UUID.randomUUID());
            // a directory, which no listing takes for an object
            directories.within(directory, () -> Files.createDirectory(name));
            Files.delete(name);
            directories.removeEmpty(directory);
        } catch (IOException failed) {
            // who may not write here may still list
            LOG.debug("{} could not be refreshed: {}", directory, failed.getMessage());
        }
    }

    @Override
    public List<String> directories(String prefix) {
        return new Listing(root).directories(prefix);
    }

    /** Directories that become empty go, too. */
    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        Set<Path> emptied = new HashSet<>();
        Set<Path> inside = new HashSet<>();
        for (ObjectKey key : keys) {
            Path path = path(key);
            try {
                Path directory = path.getParent();
                if (directory != null && inside.add(directory)) {
                    directories.checkInside(key, directory);
                }
                Files.deleteIfExists(path);
                emptied.add(path.getParent());
            } catch (IOException failed) {
                if (!isInsideAFile(key, failed)) {
                    throw Failures.ofFile("deleting " + key + " in " + root, failed, FailureKind.STORAGE_UNAVAILABLE);
                }
            }
        }
        emptied.forEach(directories::removeEmpty);
        return List.of();
    }

    @Override
    public void flush() {
        if (!Files.isDirectory(root)) {
            return;
        }
        try {
            List<Path> written = new ArrayList<>();
            for (Path file = large.poll(); file != null; file = large.poll()) {
                written.add(file);
            }
            FileSystems.sync(root);
            // nobody here reads them again: the memory is better used for the database
            written.forEach(QuietFile::forget);
        } catch (IOException failed) {
            throw Failures.ofFile("syncing " + root, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    @Override
    public OptionalLong freeSpace() {
        return FileSystems.freeSpace(root);
    }

    @Override
    public HashRule hashRule() {
        return HashRule.PLAIN;
    }

    @Override
    public String describe() {
        return "directory " + root;
    }

    @Override
    public void close() {
        directories.forget();
    }

    /** Fills a temporary file and returns the hash of what was written, where it was computed. */
    private interface Filler {
        @Nullable
        ContentHash fill(Path temporary) throws IOException;
    }

    private StoredObject write(String what, ObjectKey key, Precondition when, Filler filler) {
        Path target = path(key);
        // one name for each thread: a name that is used again costs the file system least
        Path temporary =
                temporaries.resolve(unique + "-" + Thread.currentThread().getId());
        boolean moved = false;
        try {
            directories.within(temporaries, this::sweepTemporaries);
            try {
                ContentHash hash = directories.within(temporaries, () -> filler.fill(temporary));
                // looked at under the name that is only ours: the other one may be deleted as soon as it is there
                BasicFileAttributes attributes = Files.readAttributes(temporary, BasicFileAttributes.class);
                moved = place(temporary, target, what, key, when);
                return new StoredObject(
                        key,
                        attributes.size(),
                        hash,
                        attributes.lastModifiedTime().toInstant());
            } finally {
                if (!moved) {
                    Files.deleteIfExists(temporary);
                }
            }
        } catch (IOException failed) {
            throw Failures.ofFile(what, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    /** On first use removes temporary files of runs that died long ago. */
    private boolean sweepTemporaries() throws IOException {
        Path directory = temporaries;
        if (!swept.compareAndSet(false, true)) {
            return false;
        }
        Instant longDead = Instant.now().minus(FORGET_TEMPORARIES_AFTER);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isBefore(longDead)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException goneMeanwhile) {
            // another process swept it
        }
        return true;
    }

    /**
     * Gives a complete file its name. A second name is refused by the file system itself where there is a file already; a file that
     * must be replaced is compared right before.
     *
     * @return whether the temporary name is gone
     */
    private boolean place(Path temporary, Path target, String what, ObjectKey key, Precondition when)
            throws IOException {
        Path directory = Objects.requireNonNull(target.getParent());
        if (when.isAbsent() && overwriting == Overwriting.PREVENTED) {
            try {
                directories.within(directory, () -> Files.createLink(target, temporary));
                return false;
            } catch (FileAlreadyExistsException taken) {
                throw Precondition.notMet(what, taken);
            } catch (NoSuchFileException vanished) {
                throw vanished;
            } catch (UnsupportedOperationException | FileSystemException noLinks) {
                LOG.debug("{} cannot hold hard links: {}", root, noLinks.getMessage());
                overwriting = Overwriting.POSSIBLE;
            }
        }
        if (!when.isNone()) {
            when.check(what, stat(key));
        }
        directories.within(directory, () -> Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE));
        return true;
    }

    @Override
    public Overwriting overwriting() {
        return overwriting;
    }

    private Path path(ObjectKey key) {
        Path path = root.resolve(key.value());
        if (!path.normalize().startsWith(root) || key.value().startsWith(TEMPORARY)) {
            throw new MedusaException(FailureKind.BACKUP_DAMAGED, "object key " + key + " lies outside of " + root);
        }
        return path;
    }

    /** Whether the failure only says that a parent of the key is a file, so that the object cannot exist. */
    private boolean isInsideAFile(ObjectKey key, IOException failed) {
        if (!(failed instanceof FileSystemException file)
                || file.getReason() == null
                || !file.getReason().equals("Not a directory")) {
            return false;
        }
        return !Files.exists(path(key), LinkOption.NOFOLLOW_LINKS);
    }
}
