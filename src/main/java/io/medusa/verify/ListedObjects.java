package io.medusa.verify;

import io.medusa.model.ContentHash;
import io.medusa.repository.Fingerprints;
import io.medusa.storage.StoredObject;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * A listing in memory, about 40 bytes per object: only fingerprints of keys and hashes are kept. Not
 * thread-safe.
 */
final class ListedObjects {
    private static final long FORM = 3;

    private final Fingerprints keys = new Fingerprints();
    private long[] sizes = new long[1024];
    private long[] hashes = new long[1024];
    private final BitSet named = new BitSet();
    private final BitSet read = new BitSet();

    /** Adds an object of the listing. */
    void add(StoredObject object) {
        int number = keys.add(object.key().value());
        if (number >= sizes.length) {
            sizes = Arrays.copyOf(sizes, sizes.length * 2);
            hashes = Arrays.copyOf(hashes, hashes.length * 2);
        }
        sizes[number] = object.size();
        hashes[number] = object.knownHash().map(ListedObjects::fingerprint).orElse(0L);
    }

    /** Never 0; the lowest bits encode the form. */
    private static long fingerprint(ContentHash hash) {
        long form =
                switch (hash.form()) {
                    case MD5 -> 1;
                    case MULTIPART -> 2;
                    case OPAQUE -> 3;
                };
        return (Fingerprints.of(hash.toString()) & ~FORM) | form;
    }

    /** A listed object. */
    final class Listed {
        private final int number;

        private Listed(int number) {
            this.number = number;
        }

        long size() {
            return sizes[number];
        }

        /** Whether the listing has the same hash or tag. */
        boolean confirms(ContentHash expected) {
            return hashes[number] != 0 && (hashes[number] & ~FORM) == (fingerprint(expected) & ~FORM);
        }

        /** Whether both hashes have the same form and differ. */
        boolean contradicts(ContentHash expected) {
            long mine = hashes[number];
            long other = fingerprint(expected);
            return (mine & FORM) == (other & FORM) && expected.form() != ContentHash.Form.OPAQUE && other != mine;
        }

        /** True the first time only. */
        boolean claimForReading() {
            boolean first = !read.get(number);
            read.set(number);
            return first;
        }
    }

    /** The object with that key, which is marked as named. */
    Optional<Listed> find(String key) {
        int number = keys.find(key);
        if (number < 0) {
            return Optional.empty();
        }
        named.set(number);
        return Optional.of(new Listed(number));
    }

    /** Whether any object was never looked up. */
    boolean hasUnnamed() {
        return named.cardinality() < keys.size();
    }

    boolean isNamed(String key) {
        int number = keys.find(key);
        return number >= 0 && named.get(number);
    }
}
