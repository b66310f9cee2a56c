package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.repository.BackupRepository;
import io.medusa.repository.Fingerprints;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashCheck;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads objects and compares them with what manifests say of them; each object once, however many backups name it. Objects are
 * gathered and read in portions, so that they need not all be in memory.
 */
final class ContentCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ContentCheck.class);
    private static final int PORTION = 20_000;
    private static final int DIGEST_LENGTH = 64;

    private final BackupRepository repository;
    private final TransferPool transfers;
    private final Level level;
    private final int percent;
    private final Optional<Checkpoint> checkpoint;
    private final long seed = System.nanoTime();
    private final List<Wanted> wanted = new ArrayList<>();
    private long objects;
    private long bytes;

    ContentCheck(
            BackupRepository repository,
            TransferPool transfers,
            Level level,
            int percent,
            Optional<Checkpoint> checkpoint) {
        this.repository = repository;
        this.transfers = transfers;
        this.level = level;
        this.percent = percent;
        this.checkpoint = checkpoint;
    }

    /**
     * An object to be read, and where to report what is wrong with it.
     *
     * @param digest of Cassandra for it, if that is to be compared, too
     */
    private record Wanted(
            NodeBackup backup,
            ManifestEntry entry,
            @Nullable ObjectKey digest,
            List<Finding> findings) {}

    Level level() {
        return level;
    }

    /** Objects that were read. */
    long objects() {
        return objects;
    }

    /** Bytes that were read. */
    long bytes() {
        return bytes;
    }

    /**
     * Has an object read if the level asks for it.
     *
     * @param digest the object with Cassandra's checksum of it, if it has one that is to be compared
     */
    void read(
            NodeBackup backup,
            ManifestEntry entry,
            ListedObjects.Listed object,
            @Nullable ObjectKey digest,
            List<Finding> findings) {
        boolean worthReading =
                switch (level) {
                    case EXISTS -> false;
                    case HASHES ->
                        entry.knownHash().isPresent()
                                && entry.listedHash().filter(object::confirms).isEmpty();
                    case SAMPLE -> Math.floorMod(Fingerprints.of(entry.key()) ^ seed, 100L) < percent;
                    case CONTENT, SSTABLE -> true;
                };
        if (!worthReading
                || !object.claimForReading()
                || checkpoint.filter(known -> known.has(entry.key())).isPresent()) {
            return;
        }
        wanted.add(new Wanted(backup, entry, digest, findings));
        if (wanted.size() >= PORTION) {
            drain();
        }
    }

    /** Reads what has been gathered. */
    void drain() {
        List<Wanted> portion = List.copyOf(wanted);
        wanted.clear();
        List<Optional<Finding.Kind>> results =
                transfers.mapAll("Verifying", portion, piece -> piece.entry().size(), this::differs);
        List<String> good = new ArrayList<>();
        for (int i = 0; i < portion.size(); i++) {
            Wanted piece = portion.get(i);
            objects++;
            bytes += piece.entry().size();
            if (results.get(i).isEmpty()) {
                good.add(piece.entry().key());
            } else if (results.get(i).get() == Finding.Kind.DIFFERENT) {
                report(piece.backup(), piece.entry(), piece.findings());
            } else {
                piece.findings()
                        .add(new Finding(
                                piece.backup(),
                                piece.entry().key(),
                                results.get(i).get()));
            }
        }
        if (!good.isEmpty()) {
            checkpoint.ifPresent(known -> known.add(good));
        }
    }

    /** Forgets the checkpoint: everything has been read. */
    void finish() {
        checkpoint.ifPresent(Checkpoint::remove);
    }

    /**
     * Reports an object that differs. Components that Cassandra rewrites are only warned of, as scripts expect, unless
     * contents are compared: no writer of ours stores them twice under one key.
     */
    void report(NodeBackup backup, ManifestEntry entry, List<Finding> findings) {
        if (entry.isRewrittenByCassandra() && (!level.reads() || entry.mayHaveBeenRewritten())) {
            LOG.warn(
                    "{} differs from the manifest; Cassandra rewrites this component by itself, so it is no error",
                    entry.key());
            return;
        }
        LOG.error(
                "{} differs from the manifest, which expects {} bytes, MD5 {}",
                entry.key(),
                entry.size(),
                entry.hash());
        findings.add(new Finding(backup, entry.key(), Finding.Kind.DIFFERENT));
    }

    private Optional<Finding.Kind> differs(Wanted piece) {
        ManifestEntry entry = piece.entry();
        Optional<InputStream> content = repository.openData(new ObjectKey(entry.key()));
        if (content.isEmpty()) {
            return Optional.of(Finding.Kind.MISSING);
        }
        CRC32 checksum = new CRC32();
        try (InputStream in =
                piece.digest() != null ? new CheckedInputStream(content.get(), checksum) : content.get()) {
            if (isDifferent(entry, Channels.newChannel(in))) {
                return Optional.of(Finding.Kind.DIFFERENT);
            }
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + entry.key(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
        return piece.digest() != null
                        && entry.damage() == null
                        && contradictsDigest(piece.digest(), checksum.getValue())
                ? Optional.of(Finding.Kind.DIGEST_MISMATCH)
                : Optional.empty();
    }

    private boolean isDifferent(ManifestEntry entry, ReadableByteChannel in) throws IOException {
        HashCheck check = new HashCheck(entry.knownHash(), entry.size(), repository.hashRule());
        ByteBuffer buffer = ContentHasher.buffer();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            transfers.bandwidth().take(read);
            check.update(buffer.flip());
            buffer.clear();
        }
        return check.finish() == HashCheck.Answer.DIFFERENT && !repository.isTagOpaque(new ObjectKey(entry.key()));
    }

    private boolean contradictsDigest(ObjectKey digest, long checksum) {
        Optional<InputStream> content = repository.openData(digest);
        if (content.isEmpty()) {
            return false;
        }
        try (InputStream in = content.get()) {
            String expected = new String(in.readNBytes(DIGEST_LENGTH), StandardCharsets.ISO_8859_1).strip();
            return !expected.matches("[0-9]{1,10}") || Long.parseLong(expected) != checksum;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + digest, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
