package io.medusa.storage;

import io.medusa.model.ContentHash;
import io.medusa.os.NativeMd5;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes the {@link ContentHash} of bytes as they pass by. */
public final class ContentHasher {
    private static final int BUFFER = 128 * 1024;
    /** From here on it pays to ask the system's library, which takes a moment to load. */
    private static final long LARGE = 1 << 20;

    private static final ThreadLocal<byte[]> BUFFERS = ThreadLocal.withInitial(() -> new byte[BUFFER]);

    private final MessageDigest digest;

    /** Begins with no bytes. */
    public ContentHasher() {
        this(0);
    }

    /** @param expected how many bytes there will be, as far as is known; they may be more or less */
    public ContentHasher(long expected) {
        digest = expected < LARGE ? java() : NativeMd5.create().orElseGet(ContentHasher::java);
    }

    private static MessageDigest java() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has MD5", impossible);
        }
    }

    /** Takes some bytes in. */
    public void update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    /** The hash of all bytes so far; then begins anew. */
    public ContentHash finish() {
        return ContentHash.ofMd5(digest.digest());
    }

    /**
     * The hash of everything that a stream still holds; the caller closes it.
     *
     * @param expected about how many bytes that is
     */
    public static ContentHash of(InputStream in, long expected) throws IOException {
        ContentHasher hasher = new ContentHasher(expected);
        byte[] buffer = BUFFERS.get();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            hasher.update(buffer, 0, read);
        }
        return hasher.finish();
    }
}
