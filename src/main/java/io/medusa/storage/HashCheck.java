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
        /** There is no hash, or it is a tag that says nothing about the bytes. */
        UNKNOWN
    }

    private final Optional<ContentHash> expected;
    private final List<ContentHasher> hashers;

    /**
     * @param expected the hash, if one is known
     * @param size of the object that has it
     */
    public HashCheck(Optional<ContentHash> expected, long size, HashRule rule) {
        this.expected = expected;
        this.hashers = expected.stream()
                .flatMap(hash -> rule.partSizes(hash, size).stream())
                .map(partSize -> new ContentHasher(size, partSize))
                .toList();
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
        return found.contains(expected.get()) ? Answer.SAME : Answer.DIFFERENT;
    }

    /** Compares everything that a channel still holds; the caller closes it. Uses {@link ContentHasher#buffer}. */
    public static Answer of(ReadableByteChannel in, Optional<ContentHash> expected, long size, HashRule rule)
            throws IOException {
        HashCheck check = new HashCheck(expected, size, rule);
        ByteBuffer buffer = ContentHasher.buffer();
        while (in.read(buffer) >= 0) {
            check.update(buffer.flip());
            buffer.clear();
        }
        return check.finish();
    }
}
