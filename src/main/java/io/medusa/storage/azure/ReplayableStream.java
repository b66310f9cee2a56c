package io.medusa.storage.azure;

import io.medusa.storage.HashedSource;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a source as a stream that can be reset to its start, which the client does to retry a request. */
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

    /** Does nothing: the mark is always at the first byte. */
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
