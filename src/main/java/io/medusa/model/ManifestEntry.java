package io.medusa.model;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One object of a backup (docs/compatibility.md 5).
 *
 * @param key the full key of the object, prefix included
 * @param size in bytes
 * @param hash of the content, or {@code null} where the writer did not know it
 * @param modifiedNanos the source file's modification time in nanoseconds since the epoch, or -1; our own addition
 * @param damage what was wrong with the source file when it was read, or {@code null}; our own addition
 * @param tag what the store lists for the object where that says nothing about its bytes, else {@code null}; then the manifest
 *     holds both
 * @param partSize in bytes, of a hash of parts; 0 where there are none or the writer did not know it; our own addition
 */
public record ManifestEntry(
        String key,
        long size,
        @Nullable ContentHash hash,
        long modifiedNanos,
        @Nullable String damage,
        @Nullable String tag,
        long partSize) {
    /** An entry of an object that was stored whole. */
    public ManifestEntry(
            String key,
            long size,
            @Nullable ContentHash hash,
            long modifiedNanos,
            @Nullable String damage,
            @Nullable String tag) {
        this(key, size, hash, modifiedNanos, damage, tag, 0);
    }

    /** An entry of an object whose hash the store lists. */
    public ManifestEntry(
            String key, long size, @Nullable ContentHash hash, long modifiedNanos, @Nullable String damage) {
        this(key, size, hash, modifiedNanos, damage, null);
    }

    /** An entry of a file that was well. */
    public ManifestEntry(String key, long size, @Nullable ContentHash hash, long modifiedNanos) {
        this(key, size, hash, modifiedNanos, null);
    }

    /** An entry without modification time. */
    public ManifestEntry(String key, long size, @Nullable ContentHash hash) {
        this(key, size, hash, -1);
    }

    /** The hash, where the writer knew it. */
    public Optional<ContentHash> knownHash() {
        return Optional.ofNullable(hash);
    }

    /** What the store is expected to list. */
    public Optional<ContentHash> listedHash() {
        return tag != null ? ContentHash.parse(tag) : knownHash();
    }

    /** The source file's modification time in nanoseconds since the epoch, where it was recorded. */
    public OptionalLong modified() {
        return modifiedNanos < 0 ? OptionalLong.empty() : OptionalLong.of(modifiedNanos);
    }

    /**
     * Whether the object may rightly differ from this entry: Cassandra rewrites these components, and other writers of the
     * shared layout then store them again under the same key. We never do.
     */
    public boolean mayHaveBeenRewritten() {
        return modifiedNanos < 0 && isRewrittenByCassandra();
    }

    /** Whether it is a component that Cassandra rewrites without making a new SSTable. */
    public boolean isRewrittenByCassandra() {
        return SSTableName.parse(fileName())
                .filter(name -> name.component().isRewritten())
                .isPresent();
    }

    /** The last segment of the key. */
    public String fileName() {
        return key.substring(key.lastIndexOf('/') + 1);
    }
}
