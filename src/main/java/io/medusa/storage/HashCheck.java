package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Optional;

/** Compares a stream of bytes with a hash of any form. For one thread at a time. */
public final class HashCheck {
    /** The outcome of a comparison. */
    public enum Answer {
        /** The bytes have that hash. */
        SAME,
        /** The bytes have another hash. */
        DIFFERENT,
        /**
         * The bytes may be right or wrong: there is no hash, or it is an opaque tag, or it is a hash of parts of unknown size, and
         * none of the sizes tried gives it.
         */
        UNKNOWN
    }

    private final Optional<ContentHash> expected;
    private final List<Long> partSizes;
    private final List<ContentHasher> hashers;
    private final boolean certain;
    private long partSize;

    /**
     * A comparison with a hash whose part size was not recorded.
     *
     * @param expected the hash, if known
     * @param size the size of the object
     */
    public HashCheck(Optional<ContentHash> expected, long size, HashRule rule) {
        this(expected, 0, size, rule);
    }

    /**
     * A comparison.
     *
     * @param expected the hash, if known
     * @param partSize the part size of a hash of parts; 0 if unknown
     * @param size the size of the object
     */
    public HashCheck(Optional<ContentHash> expected, long partSize, long size, HashRule rule) {
        this(
                expected,
                size,
                isRecorded(expected, partSize, size),
                expected.stream()
                        .flatMap(hash -> (HashRule.fits(hash, size, partSize)
                                        ? List.of(partSize)
                                        : rule.partSizes(hash, size))
                                .stream())
                        .toList());
    }

    private HashCheck(Optional<ContentHash> expected, long size, boolean certain, List<Long> partSizes) {
        this.expected = expected;
        this.certain = certain;
        this.partSizes = partSizes;
        this.hashers =
                partSizes.stream().map(parts -> new ContentHasher(size, parts)).toList();
    }

    /** Whether there is only one way to compute the hash. */
    private static boolean isRecorded(Optional<ContentHash> expected, long partSize, long size) {
        return expected.filter(hash ->
                        hash.form() == ContentHash.Form.MD5 || hash.parts() == 1 || HashRule.fits(hash, size, partSize))
                .isPresent();
    }

    /** A second comparison of the same bytes with less likely part sizes, for use after {@link Answer#UNKNOWN}. */
    public static Optional<HashCheck> further(Optional<ContentHash> expected, long partSize, long size, HashRule rule) {
        if (isRecorded(expected, partSize, size)) {
            return Optional.empty();
        }
        return expected.map(hash -> rule.furtherPartSizes(hash, size))
                .filter(sizes -> !sizes.isEmpty())
                .map(sizes -> new HashCheck(expected, size, false, sizes));
    }

    /** Adds the remaining bytes of the buffer without changing its position. */
    public void update(ByteBuffer bytes) {
        for (ContentHasher hasher : hashers) {
            hasher.update(bytes);
        }
    }

    /** The answer for all bytes added. May be called only once. */
    public Answer finish() {
        if (hashers.isEmpty() || expected.isEmpty()) {
            return Answer.UNKNOWN;
        }
        // finish every hasher: each holds native memory until then
        List<ContentHash> found = hashers.stream().map(ContentHasher::finish).toList();
        int match = found.indexOf(expected.get());
        if (match >= 0) {
            partSize = partSizes.get(match);
            return Answer.SAME;
        }
        return certain ? Answer.DIFFERENT : Answer.UNKNOWN;
    }

    /** The part size that gives the hash, after a match; 0 if it is not a hash of parts. */
    public long partSize() {
        return partSize;
    }

    /** Opens the bytes to compare, from the start. */
    public interface Opening {
        /** The caller closes it. */
        ReadableByteChannel open() throws IOException;
    }

    /**
     * The outcome of comparing a whole object.
     *
     * @param partSize the part size of a matching hash of parts; otherwise 0
     */
    public record Result(Answer answer, long partSize) {}

    /** Compares a whole file, and reads it a second time if that may settle the answer. Uses {@link ContentHasher#buffer}. */
    public static Result of(Opening opening, Optional<ContentHash> expected, long partSize, long size, HashRule rule)
            throws IOException {
        HashCheck check = new HashCheck(expected, partSize, size, rule);
        Answer answer = check.hashers.isEmpty() ? Answer.UNKNOWN : check.readAll(opening);
        if (answer != Answer.UNKNOWN) {
            return new Result(answer, check.partSize());
        }
        Optional<HashCheck> further = further(expected, partSize, size, rule);
        return further.isEmpty()
                ? new Result(Answer.UNKNOWN, 0)
                : new Result(further.get().readAll(opening), further.get().partSize());
    }

    private Answer readAll(Opening opening) throws IOException {
        try (ReadableByteChannel in = opening.open()) {
            ByteBuffer buffer = ContentHasher.buffer();
            while (in.read(buffer) >= 0) {
                update(buffer.flip());
                buffer.clear();
            }
        }
        return finish();
    }
}
