package io.medusa.verify;

import io.medusa.model.ContentHash;
import io.medusa.repository.Fingerprints;
import io.medusa.storage.StoredObject;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * A listing in memory, some 40 bytes for each object whatever its key: of keys and hashes only fingerprints are kept. Not for
 * several threads at once.
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

    /** Never 0; the lowest bits tell the form. */
    private static long fingerprint(ContentHash hash) {
        long form =
                switch (hash.form()) {
                    case MD5 -> 1;
                    case MULTIPART -> 2;
                    case OPAQUE -> 3;
                };
        return (Fingerprints.of(hash.toString()) & ~FORM) | form;
    }

    /** An object, to be asked about. */
    final class Listed {
        private final int number;

        private Listed(int number) {
            this.number = number;
        }

        long size() {
            return sizes[number];
        }

        /** Whether the listing says the same, be it a hash or a tag. */
        boolean confirms(ContentHash expected) {
            return hashes[number] != 0 && (hashes[number] & ~FORM) == (fingerprint(expected) & ~FORM);
        }

        /** Whether both hashes are of the same form and differ. */
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

    /** The object of that key, which counts as named from now on. */
    Optional<Listed> find(String key) {
        int number = keys.find(key);
        if (number < 0) {
            return Optional.empty();
        }
        named.set(number);
        return Optional.of(new Listed(number));
    }

    /** Whether some object was never asked for. */
    boolean hasUnnamed() {
        return named.cardinality() < keys.size();
    }

    boolean isNamed(String key) {
        int number = keys.find(key);
        return number >= 0 && named.get(number);
    }
}
