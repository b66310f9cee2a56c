package io.medusa.verify;

import io.medusa.cassandra.DataDigest;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ContentHash;
import io.medusa.model.Count;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Fingerprints;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ContentStream;
import io.medusa.storage.HashCheck;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads objects and compares them with their manifest entries; each object once, however many backups name it. Objects are
 * collected and read in batches, so that they need not all be in memory.
 */
final class ContentCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ContentCheck.class);
    private static final int PORTION = 20_000;
    private static final int DIGEST_LENGTH = 64;
    private static final int MOST_TOLD = 20;

    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final Level level;
    private final int percent;
    private final Optional<Checkpoint> checkpoint;
    private final KnownFindings known;
    private final long seed = System.nanoTime();
    private final List<Wanted> wanted = new ArrayList<>();
    private long objects;
    private long bytes;
    private int told;
    private int toldRewritten;

    ContentCheck(
            BackupCatalog catalog,
            TransferPool transfers,
            Level level,
            int percent,
            Optional<Checkpoint> checkpoint,
            KnownFindings known) {
        this.catalog = catalog;
        this.transfers = transfers;
        this.level = level;
        this.percent = percent;
        this.checkpoint = checkpoint;
        this.known = known;
    }

    /**
     * An object to read, and where to report its problems.
     *
     * @param digest Cassandra's digest of it, if that is to be compared, too
     */
    private record Wanted(
            NodeBackup backup,
            ManifestEntry entry,
            @Nullable ObjectKey digest,
            List<Finding> findings) {}

    Level level() {
        return level;
    }

    /** The number of objects read. */
    long objects() {
        return objects;
    }

    /** The number of bytes read. */
    long bytes() {
        return bytes;
    }

    /**
     * Queues an object for reading if the level requires it.
     *
     * @param digest the object with Cassandra's checksum of it, if that is to be compared
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
        // what an earlier verification found bad is read in any case, and whatever the checkpoint says
        if (!known.mustRead(backup, entry)
                && (!worthReading
                        || !object.claimForReading()
                        || checkpoint.filter(done -> done.has(entry.key())).isPresent())) {
            return;
        }
        wanted.add(new Wanted(backup, entry, digest, findings));
        if (wanted.size() >= PORTION) {
            drain();
        }
    }

    /** Reads the collected objects. */
    void drain() {
        List<Wanted> portion = List.copyOf(wanted);
        wanted.clear();
        List<Optional<Finding.Kind>> results = new ArrayList<>(
                transfers.mapAll("Verifying", portion, piece -> piece.entry().size(), this::differs));
        askOtherManifests(portion, results);
        List<String> good = new ArrayList<>();
        for (int i = 0; i < portion.size(); i++) {
            Wanted piece = portion.get(i);
            objects++;
            bytes += piece.entry().size();
            if (results.get(i).isEmpty()) {
                good.add(piece.entry().key());
                known.read(piece.backup(), piece.entry());
            } else if (results.get(i).get() == Finding.Kind.DIFFERENT) {
                report(piece.backup(), piece.entry(), level.depth(), piece.findings());
            } else {
                if (results.get(i).get() == Finding.Kind.UNVERIFIABLE) {
                    tell(unverifiable(piece.entry()));
                }
                piece.findings()
                        .add(new Finding(
                                piece.backup(),
                                piece.entry().key(),
                                results.get(i).get(),
                                level.depth()));
            }
        }
        if (!good.isEmpty()) {
            checkpoint.ifPresent(done -> done.add(good));
        }
    }

    /**
     * Checks objects for which this manifest has no hash against another backup of the node that has one: the reference records
     * none for what it reuses in a local store.
     */
    private void askOtherManifests(List<Wanted> portion, List<Optional<Finding.Kind>> results) {
        Map<NodeName, Map<String, Integer>> missing = new HashMap<>();
        for (int i = 0; i < portion.size(); i++) {
            Wanted piece = portion.get(i);
            if (results.get(i).filter(Finding.Kind.UNVERIFIABLE::equals).isPresent()
                    && piece.entry().knownHash().isEmpty()) {
                missing.computeIfAbsent(piece.backup().node(), absent -> new HashMap<>())
                        .put(piece.entry().key(), i);
            }
        }
        Map<Integer, Wanted> again = new TreeMap<>();
        missing.forEach((node, keys) -> catalog.finishedBackups(node).forEach(backup -> {
            // an unreadable manifest is reported as a finding of its own
            catalog.stored(backup)
                    .read(entries -> {
                        entries.forEach((table, entry) -> {
                            Integer at = keys.get(entry.key());
                            if (at != null
                                    && entry.knownHash().isPresent()
                                    && entry.size() == portion.get(at).entry().size()) {
                                Wanted piece = portion.get(at);
                                again.put(at, new Wanted(piece.backup(), entry, piece.digest(), piece.findings()));
                            }
                        });
                        return true;
                    })
                    .damage()
                    .ifPresent(damage -> LOG.debug("{}", damage.reason()));
        }));
        List<Integer> places = List.copyOf(again.keySet());
        List<Optional<Finding.Kind>> known = transfers.mapAll(
                "Verifying", List.copyOf(again.values()), piece -> piece.entry().size(), this::differs);
        for (int i = 0; i < places.size(); i++) {
            results.set(places.get(i), known.get(i));
        }
    }

    /** Clears the checkpoint: everything has been read. */
    void finish() {
        checkpoint.ifPresent(Checkpoint::remove);
    }

    /**
     * Reports an object that differs. Components that Cassandra rewrites cause only a warning at the levels of the Python Medusa, which
     * overwrites them in the pool and then ignores it. From {@link Level#SAMPLE} on they are damage, unless a backup of such a program
     * names them: Medusa never stores them twice under one key.
     *
     * @param depth the level that found it
     */
    void report(NodeBackup backup, ManifestEntry entry, Level depth, List<Finding> findings) {
        if (entry.isRewrittenByCassandra() && (level.compareTo(Level.SAMPLE) < 0 || entry.mayHaveBeenRewritten())) {
            toldRewritten++;
            if (toldRewritten <= MOST_TOLD) {
                LOG.warn(
                        "{} differs from the manifest. This is not counted as damage, since Cassandra rewrites this component{}",
                        entry.key(),
                        entry.mayHaveBeenRewritten()
                                ? ""
                                : " and the Python Medusa then overwrites the object. But restore-node and restore-table need"
                                        + " the content that the manifest names; --level content counts it");
            } else if (toldRewritten == MOST_TOLD + 1) {
                LOG.warn("Further components that Cassandra rewrites and that differ are not logged one by one");
            }
            return;
        }
        tell(entry.key() + " differs from the manifest, which expects " + Count.of(entry.size(), "byte") + ", MD5 "
                + entry.hash());
        // a shallower check would not count it
        boolean deeper = entry.isRewrittenByCassandra() && depth.compareTo(Level.CONTENT) < 0;
        findings.add(new Finding(backup, entry.key(), Finding.Kind.DIFFERENT, deeper ? Level.CONTENT : depth));
    }

    /** Logs the first few. */
    private void tell(String problem) {
        told++;
        if (told <= MOST_TOLD) {
            LOG.error("{}", problem);
        } else if (told == MOST_TOLD + 1) {
            LOG.error("Further objects that differ or cannot be verified are not logged one by one");
        }
    }

    private Optional<Finding.Kind> differs(Wanted piece) {
        ManifestEntry entry = piece.entry();
        Optional<InputStream> content = catalog.openData(new ObjectKey(entry.key()));
        if (content.isEmpty()) {
            return Optional.of(Finding.Kind.MISSING);
        }
        CRC32 checksum = new CRC32();
        HashCheck.Answer answer = compare(
                entry,
                new CheckedInputStream(content.get(), checksum),
                new HashCheck(entry.knownHash(), entry.partSize(), entry.size(), catalog.hashRule()));
        if (answer == HashCheck.Answer.DIFFERENT) {
            if (!catalog.isTagOpaque(new ObjectKey(entry.key()))) {
                return Optional.of(Finding.Kind.DIFFERENT);
            }
            // the manifest has the store's tag, which only looks like a hash
            answer = HashCheck.Answer.UNKNOWN;
        }
        if (answer == HashCheck.Answer.SAME) {
            return piece.digest() != null && byDigest(entry, piece.digest(), checksum) == HashCheck.Answer.DIFFERENT
                    ? Optional.of(Finding.Kind.DIGEST_MISMATCH)
                    : Optional.empty();
        }
        return unlessVouchedFor(piece, checksum);
    }

    /** For a hash that cannot be checked: tries Cassandra's checksum, then less likely part sizes. */
    private Optional<Finding.Kind> unlessVouchedFor(Wanted piece, CRC32 checksum) {
        ManifestEntry entry = piece.entry();
        if (entry.size() == 0 || entry.mayHaveBeenRewritten()) {
            return Optional.empty();
        }
        // a check of hashes only uses those that exist, like the reference
        boolean isHashOfParts = entry.knownHash()
                .filter(hash -> hash.form() == ContentHash.Form.MULTIPART)
                .isPresent();
        if (level == Level.HASHES && !isHashOfParts) {
            return Optional.empty();
        }
        Optional<ObjectKey> digest = Optional.ofNullable(piece.digest()).or(() -> SSTableCheck.digestBeside(entry));
        HashCheck.Answer byDigest =
                digest.map(key -> byDigest(entry, key, checksum)).orElse(HashCheck.Answer.UNKNOWN);
        if (byDigest != HashCheck.Answer.UNKNOWN) {
            return byDigest == HashCheck.Answer.SAME ? Optional.empty() : Optional.of(Finding.Kind.DIGEST_MISMATCH);
        }
        Optional<HashCheck> further =
                HashCheck.further(entry.knownHash(), entry.partSize(), entry.size(), catalog.hashRule());
        return further.isPresent()
                        && catalog.openData(new ObjectKey(entry.key()))
                                .filter(again -> compare(entry, again, further.get()) == HashCheck.Answer.SAME)
                                .isPresent()
                ? Optional.empty()
                : Optional.of(Finding.Kind.UNVERIFIABLE);
    }

    private HashCheck.Answer compare(ManifestEntry entry, InputStream content, HashCheck check) {
        try (InputStream in = content) {
            ReadableByteChannel channel = ContentStream.channel(in);
            ByteBuffer buffer = ContentHasher.buffer();
            for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer)) {
                transfers.bandwidth().take(read);
                check.update(buffer.flip());
                buffer.clear();
            }
            return check.finish();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + entry.key(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private static String unverifiable(ManifestEntry entry) {
        Optional<ContentHash> hash = entry.knownHash();
        String why = hash.filter(known -> known.form() == ContentHash.Form.MULTIPART)
                .map(known -> "its manifest has the hash " + known
                        + " of parts but not their size, and no size that was tried"
                        + " gives that hash: it is damaged, or was uploaded in parts of another size. Set multipart_chunksize"
                        + " to the value used then and verify again")
                .orElse("its manifest has no hash of its bytes");
        return entry.key() + " cannot be verified: " + why;
    }

    /** Compares a Data component with Cassandra's own checksum, if that can be read. */
    private HashCheck.Answer byDigest(ManifestEntry entry, ObjectKey digest, CRC32 checksum) {
        if (entry.damage() != null) {
            return HashCheck.Answer.UNKNOWN;
        }
        Optional<InputStream> content = catalog.openData(digest);
        if (content.isEmpty()) {
            return HashCheck.Answer.UNKNOWN;
        }
        try (InputStream in = content.get()) {
            String text = new String(in.readNBytes(DIGEST_LENGTH), StandardCharsets.ISO_8859_1);
            return DataDigest.matches(text, checksum.getValue()) ? HashCheck.Answer.SAME : HashCheck.Answer.DIFFERENT;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + digest, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
