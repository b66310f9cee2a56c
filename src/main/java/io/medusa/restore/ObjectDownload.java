package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.repository.BackupCatalog;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashCheck;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferJob;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads single objects to files. Every byte is compared with the manifest while it streams; a file that turns out wrong is
 * removed. Thread-safe.
 */
final class ObjectDownload {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectDownload.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final FileCheck check;
    private final Queue<FetchItem> doubtful = new ConcurrentLinkedQueue<>();

    ObjectDownload(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
        this.check = new FileCheck(catalog.hashRule());
    }

    /** The downloaded items whose content the manifest's hash neither confirms nor rules out. */
    Collection<FetchItem> doubtful() {
        return doubtful;
    }

    /** Downloads one object; a large one in several pieces at once. */
    TransferJob<Boolean> job(FetchItem item) {
        long usual = catalog.hashRule().partSize(item.size());
        long recorded = item.entry().partSize();
        boolean isRecorded = item.entry()
                .knownHash()
                .filter(hash -> recorded > 0 && HashRule.parts(item.size(), recorded) == hash.parts())
                .isPresent();
        return usual == 0 || item.entry().mayHaveBeenRewritten()
                ? TransferJob.whole(item.size(), () -> whole(item))
                : new InPieces(item, isRecorded ? recorded : usual);
    }

    private ObjectInput open(ManifestEntry entry, long offset, long length) {
        return new ObjectInput(
                entry,
                catalog.openData(new ObjectKey(entry.key()), offset, length)
                        .orElseThrow(() -> damaged(entry, "is missing")));
    }

    private Boolean whole(FetchItem item) {
        ManifestEntry entry = item.entry();
        Path target = item.target();
        boolean right = false;
        try (ObjectInput in = open(entry, 0, Long.MAX_VALUE)) {
            HashCheck.Answer answer;
            try (FileChannel out = create(target)) {
                answer = copy(entry, in, out);
            }
            // what was streamed is on disk now, where it can be read again for a second look
            noteUnlessRight(item, answer == HashCheck.Answer.UNKNOWN ? check.compare(entry, target) : answer);
            setTime(item);
            right = true;
            return true;
        } catch (IOException failed) {
            throw writing(target, failed);
        } finally {
            if (!right) {
                delete(target);
            }
        }
    }

    /** Never overwrites an existing file, which may have another name elsewhere. */
    private static FileChannel create(Path target) throws IOException {
        Files.deleteIfExists(target);
        return FileChannel.open(
                target, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** So that the next backup recognizes the file that it has stored already. */
    private static void setTime(FetchItem item) throws IOException {
        if (item.entry().modified().isPresent()) {
            Files.setLastModifiedTime(
                    item.target(), FileTime.from(item.entry().modified().getAsLong(), TimeUnit.NANOSECONDS));
        }
    }

    /** Removes a file that is not right. */
    static void delete(Path target) {
        try {
            Files.deleteIfExists(target);
        } catch (IOException left) {
            LOG.warn("Cannot remove the incomplete file {}. The next run replaces it", target);
        }
    }

    /** Returns what the hash says of the bytes; UNKNOWN where another look may say more. */
    private HashCheck.Answer copy(ManifestEntry entry, ObjectInput in, WritableByteChannel out) throws IOException {
        ByteBuffer buffer = ContentHasher.buffer();
        HashCheck hash = new HashCheck(entry.knownHash(), entry.partSize(), entry.size(), catalog.hashRule());
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            transfers.bandwidth().take(read);
            size += read;
            if (size > entry.size() && !entry.mayHaveBeenRewritten()) {
                throw tooLong(entry);
            }
            hash.update(buffer.flip());
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            buffer.clear();
        }
        HashCheck.Answer answer = hash.finish();
        if (entry.mayHaveBeenRewritten()
                && size > 0
                && (size != entry.size() || answer == HashCheck.Answer.DIFFERENT)) {
            LOG.warn("{} was stored again after this backup: restoring its present content", entry.key());
            return HashCheck.Answer.SAME;
        }
        if (size != entry.size()) {
            throw damaged(entry, "has " + size + " bytes instead of the " + entry.size() + " of the manifest");
        }
        return answer;
    }

    /** Refuses bytes that are not those of the manifest, and records an item whose bytes cannot be compared. */
    private void noteUnlessRight(FetchItem item, HashCheck.Answer answer) {
        ManifestEntry entry = item.entry();
        if (answer == HashCheck.Answer.DIFFERENT && !catalog.isTagOpaque(new ObjectKey(entry.key()))) {
            throw damaged(entry, "does not have the MD5 " + entry.hash() + " of the manifest");
        }
        if (answer != HashCheck.Answer.SAME && entry.size() > 0) {
            doubtful.add(item);
        }
    }

    private static MedusaException writing(Path target, IOException failed) {
        return Failures.ofFile("writing " + target, failed, FailureKind.LOCAL_FILE);
    }

    private static MedusaException tooLong(ManifestEntry entry) {
        return damaged(entry, "is longer than the " + entry.size() + " bytes of the manifest");
    }

    /** The failure of a restore whose backup is damaged. */
    static MedusaException damaged(ManifestEntry entry, String how) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "the object " + entry.key() + " " + how + ". Nothing was changed. Choose another backup");
    }

    /** A large object, several pieces at once, each hashed as it arrives. */
    private final class InPieces implements TransferJob<Boolean> {
        private final FetchItem item;
        private final long pieceSize;
        private final ContentHash[] hashes;
        private @Nullable FileChannel out;

        InPieces(FetchItem item, long pieceSize) {
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
            try (ObjectInput in = open(item.entry(), offset, length)) {
                ByteBuffer buffer = ContentHasher.buffer();
                long at = offset;
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
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
                throw writing(item.target(), failed);
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
                    noteUnlessRight(item, check.compare(item.entry(), item.target()));
                }
                setTime(item);
            } catch (IOException failed) {
                throw writing(item.target(), failed);
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
}
