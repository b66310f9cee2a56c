package io.medusa.storage;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/**
 * The content of an object. A failed read throws a failure of the store that names the object, not an {@link IOException}, so that
 * code that copies can tell it from a failed write.
 */
public final class ContentStream extends FilterInputStream {
    private final String what;

    /** @param what the activity, such as {@code "reading a/b in bucket c"} */
    public ContentStream(InputStream content, String what) {
        super(content);
        this.what = what;
    }

    /**
     * A channel of the remaining content of an object. {@link FileInputStream}s are read without an intermediate buffer.
     *
     * @param content as {@link ObjectStorage#open} returns it
     */
    public static ReadableByteChannel channel(InputStream content) {
        if (!(content instanceof ContentStream stream)) {
            return Channels.newChannel(content);
        }
        ReadableByteChannel channel = Channels.newChannel(stream.in);
        return new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer buffer) {
                try {
                    return channel.read(buffer);
                } catch (IOException failed) {
                    throw stream.failure(failed);
                }
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    private MedusaException failure(IOException failed) {
        return Failures.ofFile(what, failed, FailureKind.STORAGE_UNAVAILABLE);
    }

    @Override
    public int read() {
        try {
            return in.read();
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    @Override
    public long skip(long bytes) {
        try {
            return in.skip(bytes);
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    /** Ignores failures: the remaining content is not needed. */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException unread) {
            // all requested content has been read
        }
    }
}
