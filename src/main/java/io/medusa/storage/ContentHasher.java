package io.medusa.storage;

import io.medusa.model.ContentHash;
import io.medusa.os.NativeMd5;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes the {@link ContentHash} of a stream of bytes: a single hash, or a hash of parts as S3 does (docs/compatibility.md 8.2). */
public final class ContentHasher {
    private static final int BUFFER = 256 * 1024;
    /** The size from which the system's library, which takes a moment to load, is worth using. */
    private static final long LARGE = 1 << 20;

    private static final ThreadLocal<ByteBuffer> BUFFERS =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER));

    private final MessageDigest digest;
    private final long partSize;
    private final ByteArrayOutputStream ofParts = new ByteArrayOutputStream(0);
    private long inPart;

    /** Starts without bytes. */
    public ContentHasher() {
        this(0);
    }

    /** @param expected the probable number of bytes */
    public ContentHasher(long expected) {
        this(expected, 0);
    }

    /** @param partSize 0 for a single hash of all bytes */
    public ContentHasher(long expected, long partSize) {
        this.digest = expected < LARGE ? java() : NativeMd5.create().orElseGet(ContentHasher::java);
        this.partSize = partSize;
    }

    private static MessageDigest java() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has MD5", impossible);
        }
    }

    /** The calling thread's buffer, cleared. It is outside the heap, which saves a copy. */
    public static ByteBuffer buffer() {
        return BUFFERS.get().clear();
    }

    /** Adds the remaining bytes of the buffer without changing its position. */
    public void update(ByteBuffer bytes) {
        ByteBuffer rest = bytes.duplicate();
        if (partSize == 0) {
            digest.update(rest);
            return;
        }
        while (rest.hasRemaining()) {
            int length = (int) Math.min(rest.remaining(), partSize - inPart);
            digest.update(rest.slice(rest.position(), length));
            rest.position(rest.position() + length);
            inPart += length;
            if (inPart == partSize) {
                endPart();
            }
        }
    }

    private void endPart() {
        ofParts.writeBytes(digest.digest());
        inPart = 0;
    }

    /** The hash of all bytes added; then starts again. */
    public ContentHash finish() {
        if (partSize == 0) {
            return ContentHash.ofMd5(digest.digest());
        }
        if (inPart > 0 || ofParts.size() == 0) {
            endPart();
        }
        ContentHash hash = ContentHash.ofParts(ofParts.toByteArray());
        ofParts.reset();
        return hash;
    }

    /**
     * The hash of the remaining bytes of a channel, which the caller closes. Uses {@link #buffer}.
     *
     * @param expected the approximate number of bytes
     */
    public static ContentHash of(ReadableByteChannel in, long expected) throws IOException {
        ContentHasher hasher = new ContentHasher(expected);
        ByteBuffer buffer = buffer();
        while (in.read(buffer) >= 0) {
            hasher.update(buffer.flip());
            buffer.clear();
        }
        return hasher.finish();
    }
}
