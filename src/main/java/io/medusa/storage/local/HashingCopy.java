package io.medusa.storage.local;

import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Copies bytes and computes their MD5 in the same pass. */
final class HashingCopy {
    private HashingCopy() {}

    /** What was copied. */
    record Result(long size, ContentHash hash) {}

    /** @param expected how many bytes there should be; copying stops with the first one too many */
    static Result copy(ReadableByteChannel in, WritableByteChannel out, long expected) throws IOException {
        ContentHasher hasher = new ContentHasher(expected);
        ByteBuffer buffer = ContentHasher.buffer();
        long size = 0;
        while (size <= expected) {
            int read = in.read(buffer);
            if (read < 0) {
                break;
            }
            size += read;
            hasher.update(buffer.flip());
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            buffer.clear();
        }
        return new Result(size, hasher.finish());
    }
}
