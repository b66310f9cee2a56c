package io.medusa.storage.local;

import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Copies bytes and computes their MD5 in the same pass. One buffer for each thread is kept and used again. */
final class HashingCopy {
    private static final int BUFFER = 256 * 1024;
    private static final ThreadLocal<byte[]> BUFFERS = ThreadLocal.withInitial(() -> new byte[BUFFER]);

    private HashingCopy() {}

    /** What was copied. */
    record Result(long size, ContentHash hash) {}

    /** @param expected how many bytes there should be; copying stops with the first one too many */
    static Result copy(ReadableByteChannel in, WritableByteChannel out, long expected) throws IOException {
        byte[] bytes = BUFFERS.get();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        ContentHasher hasher = new ContentHasher(expected);
        long size = 0;
        while (size <= expected) {
            buffer.clear();
            int read = in.read(buffer);
            if (read < 0) {
                break;
            }
            size += read;
            hasher.update(bytes, 0, read);
            buffer.flip();
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        }
        return new Result(size, hasher.finish());
    }
}
