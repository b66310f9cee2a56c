package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a store hashes objects, and how manifests record the hash (docs/compatibility.md 8).
 *
 * @param threshold objects of at least this size are stored in parts and have a hash of parts
 * @param partSize the part size, before {@link #partSize(long)} adapts it to the limits of S3
 * @param base64 whether manifests hold base64 instead of hexadecimal digits
 * @param opaque whether the store's tags say nothing about the bytes, although they look like an MD5
 */
public record HashRule(long threshold, long partSize, boolean base64, boolean opaque) {
    /** One MD5 over all bytes, in hexadecimal digits. */
    public static final HashRule PLAIN = new HashRule(Long.MAX_VALUE, 0, false, false);
    /** One MD5 over all bytes, in base64. */
    public static final HashRule PLAIN_BASE64 = new HashRule(Long.MAX_VALUE, 0, true, false);

    private static final long MIB = 1 << 20;
    private static final long SMALLEST_PART = 5 * MIB;
    private static final long LARGEST_PART = 5120 * MIB;
    private static final long MOST_PARTS = 10_000;
    private static final long MOST_FURTHER = 64;
    /** Part sizes in MiB that clients use by default or that people commonly configure. */
    private static final int[] USUAL = {
        5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60, 64, 75, 80, 96, 100, 120, 128, 150, 160, 192,
        200, 250, 256, 300, 320, 400, 500, 512, 750, 1000, 1024, 2048, 4096, 5120
    };

    /** The part size for an object of this size; 0 if it is stored in one piece. */
    public long partSize(long size) {
        if (size < threshold || partSize == 0) {
            return 0;
        }
        long part = Math.min(Math.max(partSize, SMALLEST_PART), LARGEST_PART);
        while (parts(size, part) > MOST_PARTS) {
            part *= 2;
        }
        return Math.min(part, LARGEST_PART);
    }

    /** The number of parts. */
    public static long parts(long size, long partSize) {
        return (size + partSize - 1) / partSize;
    }

    /** Whether an object of this size and hash can have been stored with this part size. */
    static boolean fits(ContentHash hash, long size, long partSize) {
        return partSize > 0 && hash.form() == ContentHash.Form.MULTIPART && parts(size, partSize) == hash.parts();
    }

    /**
     * The part sizes that an object of this size and hash was probably stored with; 0 stands for one piece. Empty if the hash cannot
     * be computed from the bytes.
     */
    List<Long> partSizes(ContentHash hash, long size) {
        return switch (hash.form()) {
            case OPAQUE -> List.of();
            case MD5 -> List.of(0L);
            case MULTIPART -> {
                if (hash.parts() == 1) {
                    yield List.of(Math.max(size, 1));
                }
                List<Long> sizes = new ArrayList<>();
                if (partSize > 0) {
                    addIfFitting(sizes, new HashRule(0, partSize, base64, opaque).partSize(size), hash.parts(), size);
                }
                for (int usual : USUAL) {
                    addIfFitting(sizes, usual * MIB, hash.parts(), size);
                }
                yield sizes;
            }
        };
    }

    /**
     * The other part sizes in whole MiB that it may have been stored with. Empty if there are too many to try.
     */
    List<Long> furtherPartSizes(ContentHash hash, long size) {
        if (hash.form() != ContentHash.Form.MULTIPART || hash.parts() < 2) {
            return List.of();
        }
        long smallest = Math.max(SMALLEST_PART / MIB, parts(size, hash.parts() * MIB));
        long largest = Math.min(LARGEST_PART / MIB, (size - 1) / (hash.parts() - 1) / MIB);
        if (largest - smallest >= MOST_FURTHER) {
            return List.of();
        }
        List<Long> sizes = new ArrayList<>();
        for (long part = smallest; part <= largest; part++) {
            addIfFitting(sizes, part * MIB, hash.parts(), size);
        }
        sizes.removeAll(partSizes(hash, size));
        return sizes;
    }

    private static void addIfFitting(List<Long> sizes, long partSize, int parts, long size) {
        if (parts(size, partSize) == parts && !sizes.contains(partSize)) {
            sizes.add(partSize);
        }
    }

    /** Parses the hash in a listing or in another program's manifest. */
    public Optional<ContentHash> parse(@Nullable String text) {
        Optional<ContentHash> hash = ContentHash.parse(text);
        return opaque ? hash.map(looksLikeOne -> ContentHash.opaque(looksLikeOne.toString())) : hash;
    }

    /** The text of a hash for a manifest. */
    public String text(ContentHash hash) {
        return base64 ? hash.toBase64() : hash.toString();
    }
}
