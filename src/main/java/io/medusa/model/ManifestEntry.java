package io.medusa.model;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One object of a backup (docs/compatibility.md 5).
 *
 * @param key the full key of the object, prefix included
 * @param size in bytes
 * @param hash the hash of the content, or {@code null} if the writer did not know it
 * @param modifiedNanos the source file's modification time in nanoseconds since the epoch, or -1; an addition to the shared format
 * @param damage the damage found when the source file was read, or {@code null}; an addition to the shared format
 * @param tag the store's tag of the object if that says nothing about its bytes, otherwise {@code null}; the manifest then holds
 *     both
 * @param partSize the part size in bytes behind a hash of parts; 0 if there are no parts or the size is unknown; an addition to the
 *     shared format
 */
public record ManifestEntry(
        String key,
        long size,
        @Nullable ContentHash hash,
        long modifiedNanos,
        @Nullable String damage,
        @Nullable String tag,
        long partSize) {
    /** An entry for an object that was stored in one piece. */
    public ManifestEntry(
            String key,
            long size,
            @Nullable ContentHash hash,
            long modifiedNanos,
            @Nullable String damage,
            @Nullable String tag) {
        this(key, size, hash, modifiedNanos, damage, tag, 0);
    }

    /** An entry for an object whose hash the store lists. */
    public ManifestEntry(
            String key, long size, @Nullable ContentHash hash, long modifiedNanos, @Nullable String damage) {
        this(key, size, hash, modifiedNanos, damage, null);
    }

    /** An entry for an undamaged file. */
    public ManifestEntry(String key, long size, @Nullable ContentHash hash, long modifiedNanos) {
        this(key, size, hash, modifiedNanos, null);
    }

    /** An entry without a modification time. */
    public ManifestEntry(String key, long size, @Nullable ContentHash hash) {
        this(key, size, hash, -1);
    }

    /** The hash, if the writer knew it. */
    public Optional<ContentHash> knownHash() {
        return Optional.ofNullable(hash);
    }

    /** The hash or tag that the store should list. */
    public Optional<ContentHash> listedHash() {
        return tag != null ? ContentHash.parse(tag) : knownHash();
    }

    /** The source file's modification time in nanoseconds since the epoch, if it was recorded. */
    public OptionalLong modified() {
        return modifiedNanos < 0 ? OptionalLong.empty() : OptionalLong.of(modifiedNanos);
    }

    /**
     * Whether the object may differ from this entry without being damaged: Cassandra rewrites these components, and other writers of
     * the shared layout then overwrite them under the same key. This program never does.
     */
    public boolean mayHaveBeenRewritten() {
        return modifiedNanos < 0 && isRewrittenByCassandra();
    }

    /** Whether it is a component that Cassandra rewrites without writing a new SSTable. */
    public boolean isRewrittenByCassandra() {
        return sstable().filter(name -> name.component().isRewritten()).isPresent();
    }

    /** Its parsed file name; empty if it is not a component of an SSTable. */
    public Optional<SSTableName> sstable() {
        return SSTableName.parse(fileName());
    }

    /** The last segment of the key. */
    public String fileName() {
        return key.substring(key.lastIndexOf('/') + 1);
    }
}
