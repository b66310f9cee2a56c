package io.medusa.restore;

import io.medusa.cassandra.DataDigest;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Component;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.SSTableName;
import io.medusa.repository.BackupCatalog;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashCheck;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferJob;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
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
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings objects of a backup to files. Every byte is compared with the manifest while it streams; a file that turns out wrong is
 * removed. What is there already and right, by its content, is kept, so that a run that was cut off goes on, and what this machine
 * has under another name can be linked instead.
 */
final class Fetch {
    private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;

    Fetch(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
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
        List<Optional<Path>> here = transfers.mapAll("Comparing", items, Item::size, this::here);
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
    private Optional<Path> here(Item item) {
        if (isRight(item.entry(), item.target())) {
            return Optional.of(item.target());
        }
        return item.candidates().stream()
                .filter(candidate -> isRight(item.entry(), candidate))
                .findFirst();
    }

    private boolean isRight(ManifestEntry entry, Path file) {
        // nothing to compare with: fetch it again rather than believe it
        if (entry.knownHash().isEmpty() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            if (Files.size(file) != entry.size()) {
                return false;
            }
            return compare(entry, file) == HashCheck.Answer.SAME;
        } catch (NoSuchFileException compactedMeanwhile) {
            return false;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private HashCheck.Answer compare(ManifestEntry entry, Path file) throws IOException {
        return HashCheck.of(
                        () -> FileChannel.open(file),
                        entry.knownHash(),
                        entry.partSize(),
                        entry.size(),
                        catalog.hashRule())
                .answer();
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
        Queue<Item> doubtful = new ConcurrentLinkedQueue<>();
        transfers.runAll("Downloading", plan.missing(), Item::size, item -> job(item, doubtful));
        checkByDigest(plan, doubtful);
    }

    /**
     * Holds Data components of which the manifest's hash tells nothing against Cassandra's own checksum, and says of what nothing
     * but the size could be compared. That is no reason to refuse: the bytes are those that the store has kept.
     */
    private static void checkByDigest(Plan plan, Collection<Item> doubtful) {
        List<Item> unchecked = new ArrayList<>();
        for (Item item : doubtful) {
            Path digest = item.target()
                    .resolveSibling(SSTableName.parse(item.entry().fileName())
                            .filter(name -> name.component() == Component.DATA)
                            .map(name -> name.fileOf(Component.DIGEST))
                            .orElse(""));
            try {
                Optional<Boolean> matches = matches(item.target(), plan.linked().getOrDefault(digest, digest));
                if (matches.isEmpty() || item.entry().damage() != null) {
                    unchecked.add(item);
                } else if (!matches.get()) {
                    delete(item.target());
                    throw damaged(item.entry(), "does not match its " + Component.DIGEST.ending());
                }
            } catch (IOException failed) {
                throw Failures.ofFile("reading " + item.target(), failed, FailureKind.LOCAL_FILE);
            }
        }
        if (!unchecked.isEmpty()) {
            LOG.warn(
                    "Only the size of {} could be checked, such as {}: {}. medusa verify --level content lists all of them",
                    unchecked.size() == 1 ? "1 object" : unchecked.size() + " objects",
                    unchecked.get(0).entry().key(),
                    unchecked.get(0).entry().knownHash().isEmpty()
                            ? "the manifest has no hash"
                            : "the manifest's hash is of parts of unknown size, or a tag of the store");
        }
    }

    /** Whether a Data component is what its digest says; nothing if there is no digest. */
    private static Optional<Boolean> matches(Path data, Path digest) throws IOException {
        if (!Files.isRegularFile(digest)) {
            return Optional.empty();
        }
        String text = Files.readString(digest, StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        try (FileChannel in = FileChannel.open(data)) {
            ByteBuffer buffer = ContentHasher.buffer();
            while (in.read(buffer) >= 0) {
                checksum.update(buffer.flip());
                buffer.clear();
            }
        }
        return Optional.of(DataDigest.matches(text, checksum.getValue()));
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

    private TransferJob<Boolean> job(Item item, Queue<Item> doubtful) {
        long usual = catalog.hashRule().partSize(item.size());
        long recorded = item.entry().partSize();
        boolean isRecorded = item.entry()
                .knownHash()
                .filter(hash -> recorded > 0 && HashRule.parts(item.size(), recorded) == hash.parts())
                .isPresent();
        return usual == 0 || item.entry().mayHaveBeenRewritten()
                ? TransferJob.whole(item.size(), () -> fetch(item, doubtful))
                : new InPieces(item, isRecorded ? recorded : usual, doubtful);
    }

    private InputStream open(ManifestEntry entry, long offset, long length) {
        return catalog.openData(new ObjectKey(entry.key()), offset, length)
                .orElseThrow(() -> damaged(entry, "is missing"));
    }

    private Boolean fetch(Item item, Queue<Item> doubtful) {
        ManifestEntry entry = item.entry();
        Path target = item.target();
        boolean right = false;
        try (InputStream in = open(entry, 0, Long.MAX_VALUE)) {
            HashCheck.Answer answer;
            try (FileChannel out = create(target)) {
                answer = copyChecked(entry, Channels.newChannel(in), out);
            }
            // what was streamed is on disk now, where it can be read again for a second look
            noteUnlessRight(item, answer == HashCheck.Answer.UNKNOWN ? compare(entry, target) : answer, doubtful);
            setTime(item);
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

    /** Never a file that is there, which may have another name elsewhere. */
    private static FileChannel create(Path target) throws IOException {
        Files.deleteIfExists(target);
        return FileChannel.open(
                target, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** So that the next backup sees the file that it has stored already. */
    private static void setTime(Item item) throws IOException {
        if (item.entry().modified().isPresent()) {
            Files.setLastModifiedTime(
                    item.target(), FileTime.from(item.entry().modified().getAsLong(), TimeUnit.NANOSECONDS));
        }
    }

    /** A large object, several pieces at once, each hashed as it arrives. */
    private final class InPieces implements TransferJob<Boolean> {
        private final Item item;
        private final long pieceSize;
        private final ContentHash[] hashes;
        private final Queue<Item> doubtful;
        private @Nullable FileChannel out;

        InPieces(Item item, long pieceSize, Queue<Item> doubtful) {
            this.doubtful = doubtful;
            this.item = item;
            this.pieceSize = pieceSize;
            this.hashes = new ContentHash[(int) HashRule.parts(item.size(), pieceSize)];
        }

        @Override
        public int parts() {
            return hashes.length;
        }

        @Override
        public long size(int part) {
            return Math.min(pieceSize, item.size() - part * pieceSize);
        }

        private synchronized FileChannel out() throws IOException {
            if (out == null) {
                out = create(item.target());
            }
            return out;
        }

        @Override
        public void move(int part) {
            long offset = part * pieceSize;
            long end = offset + size(part);
            // one byte more than there should be tells of an object that is too long
            long length = end == item.size() ? Long.MAX_VALUE : size(part);
            ContentHasher hasher = new ContentHasher(size(part));
            try (InputStream in = open(item.entry(), offset, length)) {
                ReadableByteChannel channel = Channels.newChannel(in);
                ByteBuffer buffer = ContentHasher.buffer();
                long at = offset;
                for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer)) {
                    transfers.bandwidth().take(read);
                    if (at + read > end) {
                        throw tooLong(item.entry());
                    }
                    hasher.update(buffer.flip());
                    while (buffer.hasRemaining()) {
                        at += out().write(buffer, at);
                    }
                    buffer.clear();
                }
                if (at < end) {
                    throw damaged(
                            item.entry(), "ends after " + at + " of the " + item.size() + " bytes of the manifest");
                }
            } catch (IOException failed) {
                throw Failures.ofFile("writing " + item.target(), failed, FailureKind.LOCAL_FILE);
            }
            hashes[part] = hasher.finish();
        }

        @Override
        public synchronized Boolean finish() {
            try {
                out().close();
                ContentHash ofParts = ContentHash.ofParts(hashes);
                if (item.entry().knownHash().filter(ofParts::equals).isEmpty()) {
                    // stored in one piece, or in parts of another size
                    noteUnlessRight(item, compare(item.entry(), item.target()), doubtful);
                }
            } catch (IOException failed) {
                throw Failures.ofFile("writing " + item.target(), failed, FailureKind.LOCAL_FILE);
            }
            try {
                setTime(item);
            } catch (IOException failed) {
                throw Failures.ofFile("writing " + item.target(), failed, FailureKind.LOCAL_FILE);
            }
            return true;
        }

        @Override
        public synchronized void abort() {
            if (out != null) {
                try {
                    out.close();
                } catch (IOException closedAnyway) {
                    LOG.debug("Closing {}: {}", item.target(), closedAnyway.getMessage());
                }
                delete(item.target());
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

    /** What the hash says of the bytes; UNKNOWN where it may yet say more. */
    private HashCheck.Answer copyChecked(ManifestEntry entry, ReadableByteChannel in, WritableByteChannel out)
            throws IOException {
        ByteBuffer buffer = ContentHasher.buffer();
        HashCheck check = new HashCheck(entry.knownHash(), entry.partSize(), entry.size(), catalog.hashRule());
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            transfers.bandwidth().take(read);
            size += read;
            if (size > entry.size() && !entry.mayHaveBeenRewritten()) {
                throw tooLong(entry);
            }
            check.update(buffer.flip());
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            buffer.clear();
        }
        HashCheck.Answer answer = check.finish();
        if (entry.mayHaveBeenRewritten()
                && size > 0
                && (size != entry.size() || answer == HashCheck.Answer.DIFFERENT)) {
            LOG.warn("{} was stored again since this backup; taking it as it is now", entry.key());
            return HashCheck.Answer.SAME;
        }
        if (size != entry.size()) {
            throw damaged(entry, "has " + size + " bytes instead of the " + entry.size() + " of the manifest");
        }
        return answer;
    }

    /** Refuses bytes that are not those of the manifest, and notes those of which that cannot be told. */
    private void noteUnlessRight(Item item, HashCheck.Answer answer, Queue<Item> doubtful) {
        ManifestEntry entry = item.entry();
        if (answer == HashCheck.Answer.DIFFERENT && !catalog.isTagOpaque(new ObjectKey(entry.key()))) {
            throw damaged(entry, "has not the MD5 " + entry.hash() + " of the manifest");
        }
        if (answer != HashCheck.Answer.SAME && entry.size() > 0) {
            doubtful.add(item);
        }
    }

    private static MedusaException tooLong(ManifestEntry entry) {
        return damaged(entry, "is longer than the " + entry.size() + " bytes of the manifest");
    }

    private static MedusaException damaged(ManifestEntry entry, String how) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "the object " + entry.key() + " " + how + "; nothing was changed, try another backup");
    }
}
