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
 * The content of an object. What goes wrong while it is read is a failure of the store that names the object, not an
 * {@link IOException}, so that whoever copies can tell a failed read from a failed write.
 */
public final class ContentStream extends FilterInputStream {
    private final String what;

    /** @param what is being done, such as {@code "reading a/b in bucket c"} */
    public ContentStream(InputStream content, String what) {
        super(content);
        this.what = what;
    }

    /**
     * A channel of the rest of an object's content. What {@link FileInputStream}s hold is read without a buffer in between.
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

    /** What remains unread is not needed; failing to end a request is no failure of the reading. */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException unread) {
            // everything that was asked for has been read
        }
    }
}
