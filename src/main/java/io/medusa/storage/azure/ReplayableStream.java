package io.medusa.storage.azure;

import io.medusa.storage.HashedSource;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a source, which can be gone back to the first of: the client does so to send a request again. */
final class ReplayableStream extends InputStream {
    private final HashedSource source;
    private @Nullable InputStream in;

    ReplayableStream(HashedSource source) {
        this.source = source;
    }

    private InputStream in() throws IOException {
        if (in == null) {
            in = source.open();
        }
        return in;
    }

    @Override
    public int read() throws IOException {
        return in().read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return in().read(bytes, offset, length);
    }

    @Override
    public boolean markSupported() {
        return true;
    }

    /** Marks the first byte, wherever it is called. */
    @Override
    public void mark(int limit) {
        // there is no other place that anybody goes back to
    }

    @Override
    public void reset() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        if (in != null) {
            in.close();
            in = null;
        }
    }
}
