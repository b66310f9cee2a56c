package io.medusa.storage.local;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates directories below a bucket's directory when they are needed, and removes those that became empty. Thread-safe. */
final class BucketDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(BucketDirectories.class);
    /** The maximum number of attempts. Each takes microseconds, and fails only if another process deletes at the same time. */
    private static final int ATTEMPTS = 100;

    private final Path root;
    private final Set<Path> knownDirectories = ConcurrentHashMap.newKeySet();

    BucketDirectories(Path root) {
        this.root = root;
    }

    /** Forgets which directories are known to exist. */
    void forget() {
        knownDirectories.clear();
    }

    /** Removes empty directories upwards. A writer that needs one creates it again. */
    void removeEmpty(Path deepest) {
        Path directory = deepest;
        try {
            while (directory != null && !directory.equals(root) && directory.startsWith(root)) {
                Files.deleteIfExists(directory);
                knownDirectories.remove(directory);
                directory = directory.getParent();
            }
        } catch (IOException notEmpty) {
            // not empty, nor is any above it
        }
    }

    /** One step of storing an object. */
    interface Step<T> {
        @Nullable
        T run() throws IOException;
    }

    /**
     * Runs a step that needs a directory, and creates that directory. Another process may remove the empty directory, or its parents,
     * before the step uses it; then both are repeated, a bounded number of times.
     */
    <T> @Nullable T within(Path directory, Step<T> step) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (attempt > 1 || !knownDirectories.contains(directory)) {
                    makeDirectory(directory);
                }
                return step.run();
            } catch (NoSuchFileException vanished) {
                if (attempt == ATTEMPTS || !concerns(directory, vanished)) {
                    throw vanished;
                }
                // another thread may just have recorded a directory as known that has been removed again
                knownDirectories.clear();
            }
        }
    }

    /** Whether the missing file can be the directory rather than the file to read. */
    private static boolean concerns(Path directory, NoSuchFileException vanished) {
        return Stream.of(vanished.getFile(), String.valueOf(vanished.getOtherFile()))
                .map(Path::of)
                .anyMatch(missing -> missing.startsWith(directory) || directory.startsWith(missing));
    }

    private void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(root)) {
            LOG.warn(
                    "Creating the missing directory {} of the bucket. If it should exist, check that its disk is mounted",
                    root);
        }
        try {
            Files.createDirectories(directory);
        } catch (FileAlreadyExistsException inTheWay) {
            Path file = Path.of(inTheWay.getFile());
            if (Files.exists(file) && !Files.isDirectory(file)) {
                throw new FileSystemException(directory.toString(), null, "a file exists where a directory is needed");
            }
            if (!Files.isDirectory(directory)) {
                // it existed, and disappeared before that was confirmed
                throw new NoSuchFileException(directory.toString());
            }
        }
        knownDirectories.add(directory);
    }

    /** Refuses to delete through a link that leads out of the bucket. */
    void checkInside(ObjectKey key, Path directory) throws IOException {
        Path real;
        try {
            real = directory.toRealPath();
        } catch (NoSuchFileException nothingThere) {
            return;
        }
        if (!real.startsWith(root.toRealPath())) {
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    "deleting " + key + " in " + root + ": a symbolic link leads to " + real
                            + ", outside the bucket, where Medusa deletes nothing. Use mount --bind instead, or remove the link");
        }
    }
}
