package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the storage says of an object.
 *
 * @param size in bytes
 * @param hash {@code null} where the storage keeps none (local listings)
 * @param modified when it became visible
 * @param tag what the store will list instead of the hash, where that says nothing about the bytes; else {@code null}
 */
public record StoredObject(
        ObjectKey key,
        long size,
        @Nullable ContentHash hash,
        Instant modified,
        @Nullable String tag) {
    /** An object whose hash the store lists. */
    public StoredObject(ObjectKey key, long size, @Nullable ContentHash hash, Instant modified) {
        this(key, size, hash, modified, null);
    }

    /** The hash, where the storage gave one. */
    public Optional<ContentHash> knownHash() {
        return Optional.ofNullable(hash);
    }

    /** Whether it has the same bytes as another, as far as sizes and hashes of the listing tell. */
    public boolean isSameAs(StoredObject other) {
        ContentHash own = hash;
        ContentHash theirs = other.hash;
        return size == other.size && (own == null || theirs == null || !own.contradicts(theirs));
    }
}
