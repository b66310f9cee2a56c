package io.medusa.repository;

import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A data object as it is known from two sides: what the storage lists now, and what a finished backup says it should be.
 *
 * @param listed {@code null} if the storage does not hold it now
 * @param named {@code null} if none of the manifests that were read names it
 * @param foundDamaged whether a verification found that its content differs, and it has not been stored again since
 */
public record StoredFile(
        ObjectKey key,
        @Nullable StoredObject listed,
        @Nullable ManifestEntry named,
        boolean foundDamaged) {
    /** An object in which no verification found damage. */
    public StoredFile(ObjectKey key, @Nullable StoredObject listed, @Nullable ManifestEntry named) {
        this(key, listed, named, false);
    }

    /**
     * Whether the storage holds it, as a finished backup expects it: in its size, with its hash as far as the listing has one, and as far as
     * verifications know.
     */
    public boolean isIntact() {
        return listed != null
                && !foundDamaged
                && (named == null || (named.size() == listed.size() && !isContradicted(named, listed)));
    }

    private boolean isContradicted(ManifestEntry expected, StoredObject found) {
        return tag().isEmpty()
                && expected.knownHash()
                        .flatMap(hash -> found.knownHash().filter(hash::contradicts))
                        .isPresent();
    }

    /** Its size now, or -1 if it is missing. */
    public long listedSize() {
        return listed == null ? -1 : listed.size();
    }

    /** The size that a finished backup expects, or -1. */
    public long namedSize() {
        return named == null ? -1 : named.size();
    }

    /** The hash of the content, as the listing or a finished backup gives it. */
    public Optional<ContentHash> knownHash() {
        return tag().isPresent() ? namedHash() : listedHash().or(this::namedHash);
    }

    /** What the store lists instead of a hash, if a finished backup knows that object by the same tag. */
    public Optional<String> tag() {
        return Optional.ofNullable(named == null ? null : named.tag())
                .filter(tag -> listed != null
                        && listed.hash() != null
                        && tag.equals(listed.hash().toString()));
    }

    /** The hash that a finished backup expects. */
    public Optional<ContentHash> namedHash() {
        return named == null ? Optional.empty() : named.knownHash();
    }

    /** The hash that the storage lists. */
    public Optional<ContentHash> listedHash() {
        return listed == null ? Optional.empty() : listed.knownHash();
    }
}
