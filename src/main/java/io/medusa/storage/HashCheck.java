package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Optional;

/** Compares bytes that pass by with a hash in whatever form a store gave it. For one thread at a time. */
public final class HashCheck {
    /** What a comparison came to. */
    public enum Answer {
        /** The bytes have that hash. */
        SAME,
        /** They have another. */
        DIFFERENT,
        /**
         * There is no hash, or it is a tag that says nothing about the bytes, or it is one of parts whose size is not known, and
         * no size that was tried gives it: then the bytes may be right or wrong.
         */
        UNKNOWN
    }

    private final Optional<ContentHash> expected;
    private final List<Long> partSizes;
    private final List<ContentHasher> hashers;
    private final boolean certain;
    private long partSize;

    /**
     * A comparison with a hash that is recorded without a part size.
     *
     * @param expected the hash, if one is known
     * @param size of the object that has it
     */
    public HashCheck(Optional<ContentHash> expected, long size, HashRule rule) {
        this(expected, 0, size, rule);
    }

    /**
     * A comparison.
     *
     * @param expected the hash, if one is known
     * @param partSize of a hash of parts; 0 where it is not known
     * @param size of the object that has the hash
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

    /** Whether there is but one way to compute the hash. */
    private static boolean isRecorded(Optional<ContentHash> expected, long partSize, long size) {
        return expected.filter(hash ->
                        hash.form() == ContentHash.Form.MD5 || hash.parts() == 1 || HashRule.fits(hash, size, partSize))
                .isPresent();
    }

    /** A second comparison of the same bytes, worth it after {@link Answer#UNKNOWN}: by less likely part sizes. */
    public static Optional<HashCheck> further(Optional<ContentHash> expected, long partSize, long size, HashRule rule) {
        if (isRecorded(expected, partSize, size)) {
            return Optional.empty();
        }
        return expected.map(hash -> rule.furtherPartSizes(hash, size))
                .filter(sizes -> !sizes.isEmpty())
                .map(sizes -> new HashCheck(expected, size, false, sizes));
    }

    /** Takes all remaining bytes of the buffer in, and leaves the buffer as it is. */
    public void update(ByteBuffer bytes) {
        for (ContentHasher hasher : hashers) {
            hasher.update(bytes);
        }
    }

    /** The answer for all bytes so far. To be asked once. */
    public Answer finish() {
        if (hashers.isEmpty() || expected.isEmpty()) {
            return Answer.UNKNOWN;
        }
        // every hasher is asked: each holds native memory until then
        List<ContentHash> found = hashers.stream().map(ContentHasher::finish).toList();
        int match = found.indexOf(expected.get());
        if (match >= 0) {
            partSize = partSizes.get(match);
            return Answer.SAME;
        }
        return certain ? Answer.DIFFERENT : Answer.UNKNOWN;
    }

    /** The part size by which the bytes have the hash, once they are known to; 0 if it is no hash of parts. */
    public long partSize() {
        return partSize;
    }

    /** Opens what is to be compared, from its start. */
    public interface Opening {
        /** The caller closes it. */
        ReadableByteChannel open() throws IOException;
    }

    /**
     * What a comparison of a whole came to.
     *
     * @param partSize of a hash of parts that the bytes have; else 0
     */
    public record Result(Answer answer, long partSize) {}

    /** Compares all that a file has, and reads it a second time where that may tell. Uses {@link ContentHasher#buffer}. */
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
