package io.medusa.model;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes the {@link ContentHash} of bytes as they pass by. */
public final class ContentHasher {
    private static final int BUFFER = 128 * 1024;
    private static final ThreadLocal<byte[]> BUFFERS = ThreadLocal.withInitial(() -> new byte[BUFFER]);

    private final MessageDigest digest;

    /** Begins with no bytes. */
    public ContentHasher() {
        try {
            digest = MessageDigest.getInstance("MD5");
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

    /** The hash of everything that a stream still holds; the caller closes it. */
    public static ContentHash of(InputStream in) throws IOException {
        ContentHasher hasher = new ContentHasher();
        byte[] buffer = BUFFERS.get();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            hasher.update(buffer, 0, read);
        }
        return hasher.finish();
    }
}
