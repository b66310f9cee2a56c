package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads directories without following links. */
final class Directories {
    private Directories() {}

    /** Whether anything has that name, even a dangling link. */
    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** The entries of a directory; none if it does not exist. */
    static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
