package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.model.ContentHasher;
import io.medusa.model.ManifestEntry;
import io.medusa.repository.BackupRepository;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings objects of a backup to files. Every byte is compared with the manifest while it streams; a file gets its name only
 * when it is whole and right. What is there already and right is kept, so that a run that was cut off goes on.
 */
final class Fetch {
    private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);
    private static final int BUFFER = 256 * 1024;
    private static final String PART = ".part";
    private static final ThreadLocal<byte[]> BUFFERS = ThreadLocal.withInitial(() -> new byte[BUFFER]);

    private final BackupRepository repository;
    private final TransferPool transfers;

    Fetch(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    /** One object and the file it becomes. */
    record Item(ManifestEntry entry, Path target) {}

    /**
     * What was done.
     *
     * @param kept files that were there already
     */
    record Done(int fetched, long fetchedBytes, int kept, long keptBytes) {}

    /** Fetches what is missing, after checking that the file systems have room for it. */
    Done run(Collection<Item> items) {
        List<Item> missing = new ArrayList<>();
        List<Boolean> present = transfers.mapAll(
                "Comparing", List.copyOf(items), item -> item.entry().size(), Fetch::isPresent);
        int index = 0;
        long keptBytes = 0;
        for (Item item : items) {
            if (present.get(index++)) {
                keptBytes += item.entry().size();
            } else {
                missing.add(item);
            }
        }
        checkSpace(missing);
        makeDirectories(missing);
        transfers.mapAll("Downloading", missing, item -> item.entry().size(), this::fetch);
        long fetchedBytes =
                missing.stream().mapToLong(item -> item.entry().size()).sum();
        return new Done(missing.size(), fetchedBytes, items.size() - missing.size(), keptBytes);
    }

    private static boolean isPresent(Item item) {
        Path target = item.target();
        try {
            if (!Files.isRegularFile(target)
                    || Files.size(target) != item.entry().size()) {
                return false;
            }
            Optional<ContentHash> expected = item.entry().knownHash();
            if (expected.isEmpty()) {
                // nothing to compare with: fetch it again rather than believe it
                return false;
            }
            try (InputStream in = Files.newInputStream(target)) {
                return !expected.get().contradicts(ContentHasher.of(in));
            }
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + target, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static void checkSpace(List<Item> missing) {
        Map<FileStore, Long> needed = new HashMap<>();
        Map<FileStore, Path> where = new HashMap<>();
        try {
            for (Item item : missing) {
                Path existing = existingParent(item.target());
                FileStore store = Files.getFileStore(existing);
                needed.merge(store, item.entry().size(), Long::sum);
                where.putIfAbsent(store, existing);
            }
            for (Map.Entry<FileStore, Long> need : needed.entrySet()) {
                long free = need.getKey().getUsableSpace();
                if (free < need.getValue()) {
                    throw new MedusaException(
                            FailureKind.DISK_FULL,
                            "the file system of " + where.get(need.getKey()) + " has " + free + " bytes free and "
                                    + need.getValue() + " are needed; nothing was fetched");
                }
            }
        } catch (IOException failed) {
            throw Failures.ofFile("asking for free space", failed, FailureKind.LOCAL_FILE);
        }
    }

    private static Path existingParent(Path path) {
        Path parent = path;
        while (!Files.exists(parent)) {
            parent = Objects.requireNonNull(parent.getParent());
        }
        return parent;
    }

    private static void makeDirectories(List<Item> items) {
        Set<Path> directories = new TreeSet<>();
        items.forEach(
                item -> directories.add(Objects.requireNonNull(item.target().getParent())));
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
        Path part = item.target().resolveSibling(item.target().getFileName() + PART);
        String what = "writing " + item.target();
        try (InputStream in = content.get()) {
            try (OutputStream out = Files.newOutputStream(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                copyChecked(entry, in, out);
            }
            Files.move(part, item.target(), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException failed) {
            throw Failures.ofFile(what, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static void copyChecked(ManifestEntry entry, InputStream in, OutputStream out) throws IOException {
        byte[] buffer = BUFFERS.get();
        ContentHasher hasher = new ContentHasher();
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            size += read;
            if (size > entry.size() && !entry.mayHaveBeenRewritten()) {
                throw damaged(entry, "is longer than the " + entry.size() + " bytes of the manifest");
            }
            hasher.update(buffer, 0, read);
            out.write(buffer, 0, read);
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
