package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.repository.BackupRepository;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings objects of a backup to files. Every byte is compared with the manifest while it streams; a file that turns out wrong is
 * removed. What is there already and right, by its content, is kept, so that a run that was cut off goes on, and what this machine
 * has under another name can be linked instead.
 */
final class Fetch {
    private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);

    private final BackupRepository repository;
    private final TransferPool transfers;

    Fetch(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    /**
     * One object and the file it becomes.
     *
     * @param candidates files on the same file system that may have the same content
     */
    record Item(ManifestEntry entry, Path target, List<Path> candidates) {
        Item {
            candidates = List.copyOf(candidates);
        }

        long size() {
            return entry.size();
        }
    }

    /**
     * What is to be done.
     *
     * @param kept whose target is there and right
     * @param linked by target, the file with the right content
     * @param missing what has to come from the store
     */
    record Plan(List<Item> kept, Map<Path, Path> linked, long linkedBytes, List<Item> missing) {
        long missingBytes() {
            return bytes(missing);
        }

        long keptBytes() {
            return bytes(kept);
        }

        private static long bytes(List<Item> items) {
            return items.stream().mapToLong(Item::size).sum();
        }
    }

    /** Compares what is here with what is wanted; changes nothing. */
    Plan plan(Collection<Item> wanted) {
        List<Item> items = List.copyOf(wanted);
        List<Optional<Path>> here = transfers.mapAll("Comparing", items, Item::size, Fetch::here);
        List<Item> kept = new ArrayList<>();
        Map<Path, Path> linked = new LinkedHashMap<>();
        long linkedBytes = 0;
        List<Item> missing = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            Optional<Path> file = here.get(i);
            if (file.isEmpty()) {
                missing.add(item);
            } else if (file.get().equals(item.target())) {
                kept.add(item);
            } else {
                linked.put(item.target(), file.get());
                linkedBytes += item.size();
            }
        }
        return new Plan(kept, linked, linkedBytes, missing);
    }

    /** The file that has the object's content already. */
    private static Optional<Path> here(Item item) {
        if (isRight(item.entry(), item.target())) {
            return Optional.of(item.target());
        }
        return item.candidates().stream()
                .filter(candidate -> isRight(item.entry(), candidate))
                .findFirst();
    }

    private static boolean isRight(ManifestEntry entry, Path file) {
        Optional<ContentHash> expected = entry.knownHash();
        // nothing to compare with: fetch it again rather than believe it
        if (expected.isEmpty() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            if (Files.size(file) != entry.size()) {
                return false;
            }
            try (FileChannel in = FileChannel.open(file)) {
                ContentHash found = ContentHasher.of(in, entry.size());
                return found.comparableWith(expected.get()) && found.equals(expected.get());
            }
        } catch (NoSuchFileException compactedMeanwhile) {
            return false;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * The room that a plan takes on one file system.
     *
     * @param where a directory of it
     * @param needed in bytes
     * @param free in bytes, for this user
     */
    record Space(Path where, long needed, long free) {
        boolean isEnough() {
            return free >= needed;
        }
    }

    /** The room that a plan takes on each file system that it writes to. */
    static List<Space> spaces(Plan plan) {
        Map<FileStore, Space> spaces = new LinkedHashMap<>();
        Map<Path, Path> existingParents = new HashMap<>();
        Map<Path, FileStore> stores = new HashMap<>();
        try {
            for (Item item : plan.missing()) {
                Path directory = Objects.requireNonNull(item.target().getParent());
                Path existing = existingParents.computeIfAbsent(directory, Fetch::existing);
                FileStore store = stores.get(existing);
                if (store == null) {
                    store = Files.getFileStore(existing);
                    stores.put(existing, store);
                }
                Space soFar = spaces.get(store);
                spaces.put(
                        store,
                        soFar == null
                                ? new Space(existing, item.size(), store.getUsableSpace())
                                : new Space(soFar.where(), soFar.needed() + item.size(), soFar.free()));
            }
        } catch (IOException failed) {
            throw Failures.ofFile("asking for free space", failed, FailureKind.LOCAL_FILE);
        }
        return List.copyOf(spaces.values());
    }

    /** Fetches what the plan misses, after checking that the file systems have room for it. */
    void carryOut(Plan plan) {
        for (Space space : spaces(plan)) {
            if (!space.isEnough()) {
                throw new MedusaException(
                        FailureKind.DISK_FULL,
                        "the file system of " + space.where() + " has " + space.free() + " bytes free and "
                                + space.needed() + " are needed; nothing was fetched");
            }
        }
        makeDirectories(plan.missing().stream().map(Item::target).toList());
        transfers.mapAll("Downloading", plan.missing(), Item::size, this::fetch);
    }

    /** The path, or the nearest one above it that exists. */
    private static Path existing(Path path) {
        Path parent = path;
        while (!Files.exists(parent)) {
            parent = Objects.requireNonNull(parent.getParent());
        }
        return parent;
    }

    private static void makeDirectories(Collection<Path> files) {
        Set<Path> directories = new TreeSet<>();
        files.forEach(file -> directories.add(Objects.requireNonNull(file.getParent())));
        for (Path directory : directories) {
            try {
                Files.createDirectories(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("making directory " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }

    private Boolean fetch(Item item) {
        ManifestEntry entry = item.entry();
        Optional<InputStream> content = repository.openData(new ObjectKey(entry.key()));
        if (content.isEmpty()) {
            throw damaged(entry, "is missing");
        }
        Path target = item.target();
        boolean right = false;
        try (InputStream in = content.get()) {
            // never into a file that is there, which may have another name elsewhere
            Files.deleteIfExists(target);
            try (FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                copyChecked(entry, Channels.newChannel(in), out);
            }
            if (entry.modified().isPresent()) {
                // so that the next backup sees the file that it has stored already
                Files.setLastModifiedTime(target, FileTime.from(entry.modified().getAsLong(), TimeUnit.NANOSECONDS));
            }
            right = true;
            return true;
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + target, failed, FailureKind.LOCAL_FILE);
        } finally {
            if (!right) {
                delete(target);
            }
        }
    }

    private static void delete(Path target) {
        try {
            Files.deleteIfExists(target);
        } catch (IOException left) {
            LOG.warn("{} is not complete and could not be removed; the next run replaces it", target);
        }
    }

    private static void copyChecked(ManifestEntry entry, ReadableByteChannel in, WritableByteChannel out)
            throws IOException {
        ByteBuffer buffer = ContentHasher.buffer();
        ContentHasher hasher = new ContentHasher(entry.size());
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            size += read;
            if (size > entry.size() && !entry.mayHaveBeenRewritten()) {
                throw damaged(entry, "is longer than the " + entry.size() + " bytes of the manifest");
            }
            hasher.update(buffer.flip());
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            buffer.clear();
        }
        ContentHash found = hasher.finish();
        boolean differs = size != entry.size()
                || entry.knownHash()
                        .filter(expected -> expected.contradicts(found))
                        .isPresent();
        if (!differs) {
            return;
        }
        if (entry.mayHaveBeenRewritten() && size > 0) {
            LOG.warn("{} was stored again since this backup; taking it as it is now", entry.key());
            return;
        }
        throw damaged(
                entry,
                size != entry.size()
                        ? "has " + size + " bytes instead of the " + entry.size() + " of the manifest"
                        : "has MD5 " + found + " instead of the " + entry.hash() + " of the manifest");
    }

    private static MedusaException damaged(ManifestEntry entry, String how) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "the object " + entry.key() + " " + how + "; nothing was changed, try another backup");
    }
}
