package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The staging directory of a restore or an import for one data directory: {@code .medusa-<data directory>/<id>} beside it, or
 * {@code .medusa/snapshots/<id>} inside it. It stays when its command fails, so that the same command resumes from there.
 */
public record StagingDirectory(Path path) {
    /** After this time without a run, nobody is expected to resume an import. */
    public static final Duration ABANDONED_AFTER = Duration.ofDays(1);

    private static final String RESTORE = "restore-";
    private static final String IMPORT = "import-";

    /** The parent of the staging directories beside the data directory. */
    public static Path beside(Path dataDirectory) {
        Path absolute = dataDirectory.toAbsolutePath();
        return absolute.resolveSibling(".medusa-" + absolute.getFileName());
    }

    /** The parent of the staging directories inside the data directory, if it cannot be beside it. */
    public static Path inside(Path dataDirectory) {
        return dataDirectory.resolve(".medusa").resolve("snapshots");
    }

    /** The staging directories of all restores and imports of a data directory. */
    public static List<StagingDirectory> of(Path dataDirectory) {
        List<StagingDirectory> found = new ArrayList<>(in(beside(dataDirectory)));
        found.addAll(in(inside(dataDirectory)));
        return found;
    }

    /** The staging directories in one parent; empty if it does not exist. */
    public static List<StagingDirectory> in(Path parent) {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.map(StagingDirectory::new)
                    .filter(staging -> staging.isImport() || staging.id().startsWith(RESTORE))
                    .sorted((one, other) -> one.path().compareTo(other.path()))
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + parent, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The name of the directory, the same in all data directories of a node. */
    public String id() {
        return String.valueOf(Objects.requireNonNull(path.getFileName()));
    }

    /** Whether SSTables for a running node are staged here, rather than the data of a stopped one. */
    public boolean isImport() {
        return id().startsWith(IMPORT);
    }

    /** When a command last started to stage here. */
    public Instant lastUsed() {
        try {
            return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
        } catch (NoSuchFileException gone) {
            // nothing that is old
            return Instant.now();
        } catch (IOException failed) {
            throw Failures.ofFile("looking at " + path, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Whether this is an import that has not been run for {@link #ABANDONED_AFTER}. */
    public boolean isAbandonedImport(Instant now) {
        return isImport() && lastUsed().isBefore(now.minus(ABANDONED_AFTER));
    }

    /** The space that deleting it would free, in bytes: files shared with live data or a snapshot do not count. */
    public long uniqueBytes() {
        long[] sum = {0};
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile()
                            && Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                                    instanceof Integer links
                            && links == 1) {
                        sum[0] += attributes.size();
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) throws IOException {
                    if (gone instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw gone;
                }
            });
        } catch (IOException failed) {
            throw Failures.ofFile("looking at " + path, failed, FailureKind.LOCAL_FILE);
        }
        return sum[0];
    }
}
