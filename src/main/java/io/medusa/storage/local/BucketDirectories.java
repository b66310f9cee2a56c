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

/** Makes the directories below a bucket's directory when they are needed, and removes those that became empty. Thread-safe. */
final class BucketDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(BucketDirectories.class);
    /** Each takes microseconds, and fails only if somebody deletes at that very moment. */
    private static final int ATTEMPTS = 100;

    private final Path root;
    private final Set<Path> knownDirectories = ConcurrentHashMap.newKeySet();

    BucketDirectories(Path root) {
        this.root = root;
    }

    /** From now on asks the file system again which directories exist. */
    void forget() {
        knownDirectories.clear();
    }

    /** Upwards, as far as they are empty; whoever is about to store something there makes them again. */
    void removeEmpty(Path deepest) {
        Path directory = deepest;
        try {
            while (directory != null && !directory.equals(root) && directory.startsWith(root)) {
                Files.deleteIfExists(directory);
                knownDirectories.remove(directory);
                directory = directory.getParent();
            }
        } catch (IOException notEmpty) {
            // nor is any above it
        }
    }

    /** One step of storing an object. */
    interface Step<T> {
        @Nullable
        T run() throws IOException;
    }

    /**
     * Does what needs a directory, and makes that directory for it. Somebody who deletes may remove it, while it is empty, between
     * its making and its use, and its parents between theirs: then both are done again, a bounded number of times.
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
                // another thread may just have noted one as known that is gone again
                knownDirectories.clear();
            }
        }
    }

    /** Whether what is missing can be the directory, and not what was to be read. */
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
                throw new FileSystemException(directory.toString(), null, "a file stands where a directory is needed");
            }
            if (!Files.isDirectory(directory)) {
                // it was there, and vanished before that could be confirmed
                throw new NoSuchFileException(directory.toString());
            }
        }
        knownDirectories.add(directory);
    }

    /** Nothing is deleted behind a link that leads out of the bucket. */
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
                            + ", outside of the bucket, where nothing is deleted. Use mount --bind instead, or remove the link");
        }
    }
}
