package io.medusa.backup;

import io.medusa.cassandra.SnapshotDirectories;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ContentHash;
import io.medusa.repository.BackupCatalog;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ContentStream;
import io.medusa.storage.Crc32Parts;
import io.medusa.storage.HashCheck;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** Hashes of files and objects, each computed at most once for a backup. Thread-safe. */
final class ContentHashes implements Comparison.LocalHashes {
    private final BackupCatalog catalog;
    private final Map<Path, ContentHash> files = new ConcurrentHashMap<>();
    private final Map<Path, Long> checksums = new ConcurrentHashMap<>();
    private final Map<Path, Long> partSizes = new ConcurrentHashMap<>();
    private final Map<ObjectKey, Optional<ContentHash>> objects = new ConcurrentHashMap<>();

    ContentHashes(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public HashCheck.Answer compare(SnapshotFile file, Optional<ContentHash> expected, long partSize) {
        if (expected.isEmpty() || expected.get().form() == ContentHash.Form.OPAQUE) {
            return HashCheck.Answer.UNKNOWN;
        }
        if (expected.get().form() == ContentHash.Form.MD5) {
            return md5(file).equals(expected.get()) ? HashCheck.Answer.SAME : HashCheck.Answer.DIFFERENT;
        }
        HashCheck.Result result =
                read(file, (opening, rule) -> HashCheck.of(opening, expected, partSize, file.size(), rule));
        if (result.partSize() > 0) {
            partSizes.put(file.path(), result.partSize());
        }
        return result.answer();
    }

    /** Reads a file of the snapshot, unless it has been read already. */
    @Override
    public ContentHash md5(SnapshotFile file) {
        ContentHash known = files.get(file.path());
        if (known != null) {
            return known;
        }
        ContentHash hash = read(file, (opening, rule) -> {
            try (ReadableByteChannel in = opening.open()) {
                return ContentHasher.of(in, file.size());
            }
        });
        files.put(file.path(), hash);
        return hash;
    }

    private interface Reader<T> {
        T read(HashCheck.Opening opening, HashRule rule) throws IOException;
    }

    private <T> T read(SnapshotFile file, Reader<T> reader) {
        Crc32Parts checksum = new Crc32Parts();
        ObjectSource source = SnapshotSource.of(file);
        try {
            T result = reader.read(new ObjectSource.Checksummed(source, checksum)::open, catalog.hashRule());
            if (DigestCheck.applies(file)) {
                checksums.put(file.path(), checksum.value());
            }
            return result;
        } catch (NoSuchFileException missing) {
            throw SnapshotDirectories.vanished(file.path(), missing);
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file.path(), failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The CRC32 of a Data component that has been read already. */
    OptionalLong checksumOf(SnapshotFile file) {
        Long checksum = checksums.get(file.path());
        return checksum == null ? OptionalLong.empty() : OptionalLong.of(checksum);
    }

    /** The part size with which a file was found to match an object's hash; 0 if it was not compared that way. */
    long partSizeOf(SnapshotFile file) {
        return partSizes.getOrDefault(file.path(), 0L);
    }

    /** The hash of a file that has been read already. */
    Optional<ContentHash> knownOfFile(SnapshotFile file) {
        return Optional.ofNullable(files.get(file.path()));
    }

    /** Reads an object, unless it has been read already; empty if it is missing. */
    Optional<ContentHash> ofObject(ObjectKey key) {
        Optional<ContentHash> known = objects.get(key);
        if (known != null) {
            return known;
        }
        Optional<ContentHash> hash = readObject(key);
        objects.put(key, hash);
        return hash;
    }

    /** Forgets an object that has changed, so that it is read again. */
    void forget(ObjectKey key) {
        objects.remove(key);
    }

    private Optional<ContentHash> readObject(ObjectKey key) {
        Optional<InputStream> content = catalog.openData(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(ContentHasher.of(ContentStream.channel(in), 0));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
