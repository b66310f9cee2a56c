package io.medusa.storage;

import io.medusa.model.ContentHash;
import io.medusa.os.NativeMd5;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes the {@link ContentHash} of bytes as they pass by: of all of them, or of parts as S3 does it (docs/compatibility.md 8.2). */
public final class ContentHasher {
    private static final int BUFFER = 256 * 1024;
    /** From here on it pays to ask the system's library, which takes a moment to load. */
    private static final long LARGE = 1 << 20;

    private static final ThreadLocal<ByteBuffer> BUFFERS =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER));

    private final MessageDigest digest;
    private final long partSize;
    private final ByteArrayOutputStream ofParts = new ByteArrayOutputStream(0);
    private long inPart;

    /** Begins with no bytes. */
    public ContentHasher() {
        this(0);
    }

    /** @param expected how many bytes there will be, as far as is known; they may be more or less */
    public ContentHasher(long expected) {
        this(expected, 0);
    }

    /** @param partSize 0 for one hash of all bytes */
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

    /** A buffer of this thread, outside the heap, empty: what goes through it is copied least. */
    public static ByteBuffer buffer() {
        return BUFFERS.get().clear();
    }

    /** Takes all remaining bytes of the buffer in, and leaves the buffer as it is. */
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

    /** The hash of all bytes so far; then begins anew. */
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
     * The hash of everything that a channel still holds; the caller closes it. Uses {@link #buffer}.
     *
     * @param expected about how many bytes that is
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
