package io.medusa.storage.local;

import io.medusa.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

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
        MessageDigest md5 = md5();
        long size = 0;
        while (size <= expected) {
            buffer.clear();
            int read = in.read(buffer);
            if (read < 0) {
                break;
            }
            size += read;
            md5.update(bytes, 0, read);
            buffer.flip();
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        }
        return new Result(size, ContentHash.ofMd5(md5.digest()));
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has MD5", impossible);
        }
    }
}
