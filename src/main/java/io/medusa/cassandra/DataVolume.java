package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A pod's volume, which is empty before its node starts for the first time.
 *
 * @param node the directories below it
 */
public record DataVolume(CassandraYaml node) {
    /** Whether no data directory has anything in it. */
    public boolean isEmpty() {
        return node.allDataDirectories().stream().allMatch(DataVolume::isEmpty);
    }

    private static boolean isEmpty(Path directory) {
        try (DirectoryStream<Path> entries =
                // Medusa's own names, and what a new file system has
                Files.newDirectoryStream(
                        directory,
                        entry -> !entry.getFileName().toString().startsWith(".")
                                && !entry.getFileName().toString().equals("lost+found"))) {
            return !entries.iterator().hasNext();
        } catch (NoSuchFileException | NotDirectoryException absent) {
            return true;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Creates the directories that {@code cassandra.yaml} names and that are missing. */
    public void createDirectories() {
        CassandraYaml.Directories others = node.directories();
        List<Path> all = new ArrayList<>(node.allDataDirectories());
        List.of(others.commitLog(), others.savedCaches(), others.hints()).stream()
                .flatMap(Optional::stream)
                .forEach(all::add);
        for (Path directory : all) {
            if (!Files.isDirectory(directory)) {
                try {
                    Files.createDirectories(directory);
                } catch (IOException failed) {
                    throw Failures.ofFile("creating " + directory, failed, FailureKind.LOCAL_FILE);
                }
            }
        }
    }
}
