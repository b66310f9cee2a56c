package io.medusa.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The jars that this process runs from. Java opens them when it first needs a class of them: once they have been replaced, such as by an
 * upgrade, old classes meet new ones.
 */
public final class ProgramFiles {
    private final Map<Path, State> jars = new HashMap<>();

    private record State(@Nullable Object file, long modified, long size) {}

    private ProgramFiles() {}

    /** Those of this installation as they are now; none if it was not started from one. */
    public static ProgramFiles current() {
        return of(Optional.ofNullable(System.getProperty("medusa.home"))
                .map(home -> Path.of(home).resolve("lib"))
                .filter(Files::isDirectory));
    }

    /** Those in a directory as they are now. */
    public static ProgramFiles of(Optional<Path> lib) {
        ProgramFiles files = new ProgramFiles();
        lib.ifPresent(directory -> {
            try (Stream<Path> found = Files.list(directory)) {
                found.filter(file -> file.toString().endsWith(".jar"))
                        .forEach(jar -> state(jar).ifPresent(state -> files.jars.put(jar, state)));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        return files;
    }

    private static Optional<State> state(Path jar) {
        try {
            BasicFileAttributes now = Files.readAttributes(jar, BasicFileAttributes.class);
            return Optional.of(new State(now.fileKey(), now.lastModifiedTime().toMillis(), now.size()));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** Whether one of them has been replaced or removed since. */
    public boolean areReplaced() {
        return jars.entrySet().stream().anyMatch(jar -> !state(jar.getKey()).equals(Optional.of(jar.getValue())));
    }
}
