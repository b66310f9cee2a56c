package io.medusa.storage;

import io.medusa.model.ContentHash;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A source that has been read once, so that its hash can be sent before its bytes and the server can reject corrupted ones. Small
 * sources are kept in memory; large ones are kept open, so that their pages stay in the page cache for the second reading. For one
 * thread at a time.
 */
public final class HashedSource implements AutoCloseable {
    private static final int IN_MEMORY = 256 * 1024;
    private static final int BUFFER = 128 * 1024;

    private final ObjectSource source;
    private final ContentHash md5;
    private final @Nullable ReadableByteChannel first;
    private final byte @Nullable [] content;

    private HashedSource(
            ObjectSource source, ContentHash md5, @Nullable ReadableByteChannel first, byte @Nullable [] content) {
        this.source = source;
        this.md5 = md5;
        this.first = first;
        this.content = content;
    }

    /** Reads a source once.
     *
     * @throws IOException if it cannot be read or does not have the expected size
     */
    public static HashedSource read(ObjectSource source) throws IOException {
        ReadableByteChannel channel = source.unpaced().open();
        boolean kept = false;
        try {
            if (source.size() <= IN_MEMORY) {
                byte[] content = readWhole(source, channel);
                ContentHasher hasher = new ContentHasher(content.length);
                hasher.update(ByteBuffer.wrap(content));
                return new HashedSource(source, hasher.finish(), null, content);
            }
            ContentHasher hasher = new ContentHasher(source.size());
            ByteBuffer buffer = ContentHasher.buffer();
            long size = 0;
            while (channel.read(buffer) >= 0) {
                size += buffer.position();
                hasher.update(buffer.flip());
                buffer.clear();
                checkSize(source, size, false);
            }
            checkSize(source, size, true);
            kept = true;
            return new HashedSource(source, hasher.finish(), channel, null);
        } finally {
            if (!kept) {
                channel.close();
            }
        }
    }

    private static byte[] readWhole(ObjectSource source, ReadableByteChannel channel) throws IOException {
        // one byte more than expected detects a file that has grown
        ByteBuffer buffer = ByteBuffer.allocate((int) source.size() + 1);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // until the buffer is full or the source ends
        }
        checkSize(source, buffer.position(), true);
        byte[] content = new byte[buffer.position()];
        buffer.flip().get(content);
        return content;
    }

    private static void checkSize(ObjectSource source, long size, boolean atEnd) throws IOException {
        if (size > source.size() || (atEnd && size < source.size())) {
            throw new IOException(source.describe() + " is " + (atEnd ? size + " bytes" : "more")
                    + " long and was planned" + " as " + source.size() + ": it changed while it was read");
        }
    }

    /** In bytes. */
    public long size() {
        return source.size();
    }

    /** The hash of all bytes. */
    public ContentHash md5() {
        return md5;
    }

    /** The bytes from the start, for sending; the caller closes the channel. */
    public InputStream open() throws IOException {
        if (content != null) {
            source.pace(content.length);
        }
        return open(source);
    }

    /** The bytes from the start, for inspection; the caller closes the channel. */
    public InputStream look() throws IOException {
        return open(source.unpaced());
    }

    private InputStream open(ObjectSource bytes) throws IOException {
        if (content != null) {
            return new ByteArrayInputStream(content);
        }
        ReadableByteChannel channel = bytes.open();
        return new BufferedInputStream(
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        byte[] one = new byte[1];
                        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                    }

                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        return length == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, length));
                    }

                    @Override
                    public void close() throws IOException {
                        channel.close();
                    }
                },
                BUFFER);
    }

    @Override
    public void close() throws IOException {
        if (first != null) {
            first.close();
        }
    }
}
