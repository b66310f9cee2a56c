package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object as the store describes it.
 *
 * @param size in bytes
 * @param hash {@code null} if the store keeps none (local listings)
 * @param modified when it became visible
 * @param tag the store's tag if it lists that instead of a hash of the bytes, otherwise {@code null}
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

    /** The hash, if the store gave one. */
    public Optional<ContentHash> knownHash() {
        return Optional.ofNullable(hash);
    }

    /** Whether sizes and hashes in the listing match those of another object. */
    public boolean isSameAs(StoredObject other) {
        ContentHash own = hash;
        ContentHash theirs = other.hash;
        return size == other.size && (own == null || theirs == null || !own.contradicts(theirs));
    }
}
