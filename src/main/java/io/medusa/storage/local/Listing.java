package io.medusa.storage.local;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
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

    /** The directories directly below the one that the prefix names. */
    List<String> directories(String prefix) {
        if (!prefix.isEmpty() && !ObjectKey.isValid(prefix.substring(0, prefix.length() - 1))) {
            return List.of();
        }
        Path directory = root.resolve(prefix);
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path path : paths) {
                String name = String.valueOf(path.getFileName());
                if (Segments.isSafe(name) && !name.equals(LocalStorage.TEMPORARY)) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException nothingThere) {
            return List.of();
        } catch (IOException failed) {
            throw failure(directory, failed);
        } catch (DirectoryIteratorException failed) {
            throw failure(directory, Objects.requireNonNull(failed.getCause()));
        }
        return names;
    }

    private static MedusaException failure(Path directory, IOException failed) {
        return Failures.ofFile("listing " + directory, failed, FailureKind.STORAGE_UNAVAILABLE);
    }

    static StoredObject stored(ObjectKey key, BasicFileAttributes attributes) {
        return new StoredObject(
                key, attributes.size(), null, attributes.lastModifiedTime().toInstant());
    }

    /**
     * An entry of a directory.
     *
     * @param name with a slash at the end for a directory
     * @param attributes of a file only
     */
    private record Entry(String name, Path path, @Nullable BasicFileAttributes attributes) {}

    /** One directory being listed: its key with a trailing slash, and its entries in key order. */
    private record Level(String key, Iterator<Entry> entries) {}

    private final class Walk implements Iterator<StoredObject> {
        private final String prefix;
        private final Deque<Level> levels = new ArrayDeque<>();
        private @Nullable StoredObject upcoming;

        Walk(String prefix) {
            this.prefix = prefix;
            int slash = prefix.lastIndexOf('/');
            String start = slash < 0 ? "" : prefix.substring(0, slash + 1);
            if (start.isEmpty() || ObjectKey.isValid(start.substring(0, start.length() - 1))) {
                enter(start, root.resolve(start));
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
                if (!level.entries().hasNext()) {
                    levels.removeLast();
                    continue;
                }
                Entry entry = level.entries().next();
                String key = level.key() + entry.name();
                BasicFileAttributes attributes = entry.attributes();
                if (attributes == null) {
                    if (key.startsWith(prefix) || prefix.startsWith(key)) {
                        enter(key, entry.path());
                    }
                } else if (key.startsWith(prefix) && Segments.isSafe(entry.name())) {
                    return stored(new ObjectKey(key), attributes);
                }
            }
            return null;
        }

        private void enter(String key, Path directory) {
            levels.addLast(new Level(key, entries(directory).iterator()));
        }

        /** Ordered as the keys that they begin; one look at each. */
        private List<Entry> entries(Path directory) {
            List<Entry> entries = new ArrayList<>();
            try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
                for (Path path : paths) {
                    Entry entry = entry(path);
                    if (entry != null) {
                        entries.add(entry);
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException nothingThere) {
                return List.of();
            } catch (IOException failed) {
                throw failure(directory, failed);
            } catch (DirectoryIteratorException failed) {
                throw failure(directory, Objects.requireNonNull(failed.getCause()));
            }
            entries.sort((a, b) -> compareUtf8(a.name(), b.name()));
            return entries;
        }

        private @Nullable Entry entry(Path path) throws IOException {
            String name = String.valueOf(path.getFileName());
            try {
                BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                if (attributes.isDirectory()) {
                    return name.equals(LocalStorage.TEMPORARY) || isLinkBackInside(path)
                            ? null
                            : new Entry(name + "/", path, null);
                }
                return attributes.isRegularFile() ? new Entry(name, path, attributes) : null;
            } catch (NoSuchFileException vanished) {
                return null;
            }
        }

        /** Such a link would show objects twice, or never come to an end. */
        private boolean isLinkBackInside(Path directory) throws IOException {
            return Files.isSymbolicLink(directory) && directory.toRealPath().startsWith(root.toRealPath());
        }

        /** In the order of their UTF-8 bytes, which is that of the code points. */
        private static int compareUtf8(String a, String b) {
            int length = Math.min(a.length(), b.length());
            for (int i = 0; i < length; i++) {
                int order = Integer.compare(inOrder(a.charAt(i)), inOrder(b.charAt(i)));
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(a.length(), b.length());
        }

        /** Surrogates stand for what comes after everything else. */
        private static int inOrder(char c) {
            if (Character.isSurrogate(c)) {
                return c + 0x2000;
            }
            return c >= 0xE000 ? c - 0x800 : c;
        }
    }
}
