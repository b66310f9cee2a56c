package io.medusa.storage.local;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Segments;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Walks a bucket's directory in the order of the keys, entering only directories that can hold the prefix. */
final class Listing {
    private final Path root;

    Listing(Path root) {
        this.root = root;
    }

    Stream<StoredObject> list(String prefix) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(new Walk(prefix), Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    static StoredObject stored(ObjectKey key, BasicFileAttributes attributes) {
        return new StoredObject(
                key, attributes.size(), null, attributes.lastModifiedTime().toInstant());
    }

    /** One directory being listed: its key with a trailing slash, and its names in key order. */
    private record Level(String key, Iterator<String> names) {}

    private final class Walk implements Iterator<StoredObject> {
        private final String prefix;
        private final Deque<Level> levels = new ArrayDeque<>();
        private @Nullable StoredObject upcoming;

        Walk(String prefix) {
            this.prefix = prefix;
            int slash = prefix.lastIndexOf('/');
            String start = slash < 0 ? "" : prefix.substring(0, slash + 1);
            if (start.isEmpty() || ObjectKey.isValid(start.substring(0, start.length() - 1))) {
                enter(start);
            }
            upcoming = advance();
        }

        @Override
        public boolean hasNext() {
            return upcoming != null;
        }

        @Override
        public StoredObject next() {
            StoredObject current = upcoming;
            if (current == null) {
                throw new NoSuchElementException();
            }
            upcoming = advance();
            return current;
        }

        private @Nullable StoredObject advance() {
            while (!levels.isEmpty()) {
                Level level = levels.getLast();
                if (!level.names().hasNext()) {
                    levels.removeLast();
                    continue;
                }
                String name = level.names().next();
                boolean directory = name.endsWith("/");
                String key = level.key() + name;
                if (directory) {
                    if (key.startsWith(prefix) || prefix.startsWith(key)) {
                        enter(key);
                    }
                } else if (key.startsWith(prefix)) {
                    StoredObject found = stat(key);
                    if (found != null) {
                        return found;
                    }
                }
            }
            return null;
        }

        private void enter(String key) {
            levels.addLast(new Level(key, names(root.resolve(key)).iterator()));
        }

        /** The names in the directory, those of directories with a slash, ordered as the keys that they begin. */
        private List<String> names(Path directory) {
            try (Stream<Path> entries = Files.list(directory)) {
                return entries.map(entry -> {
                            File file = entry.toFile();
                            return file.isDirectory() ? file.getName() + "/" : file.getName();
                        })
                        .filter(name -> !name.equals(LocalStorage.TEMPORARY + "/"))
                        .sorted((a, b) -> Arrays.compareUnsigned(
                                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)))
                        .toList();
            } catch (NoSuchFileException | NotDirectoryException nothingThere) {
                return List.of();
            } catch (IOException failed) {
                throw Failures.ofFile("listing " + directory, failed, FailureKind.STORAGE_UNAVAILABLE);
            } catch (UncheckedIOException failed) {
                throw Failures.ofFile(
                        "listing " + directory,
                        new IOException(failed.getMessage(), failed),
                        FailureKind.STORAGE_UNAVAILABLE);
            }
        }

        private @Nullable StoredObject stat(String key) {
            if (!Segments.isSafe(key.substring(key.lastIndexOf('/') + 1))) {
                return null;
            }
            try {
                BasicFileAttributes attributes = Files.readAttributes(root.resolve(key), BasicFileAttributes.class);
                return attributes.isRegularFile() ? stored(new ObjectKey(key), attributes) : null;
            } catch (NoSuchFileException vanished) {
                return null;
            } catch (IOException failed) {
                throw Failures.ofFile("listing " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
            }
        }
    }
}
