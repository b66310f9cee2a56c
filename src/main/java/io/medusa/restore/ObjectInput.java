package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestEntry;
import io.medusa.storage.ContentStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The bytes of a stored object. A failure to read them is the store's and names the key, whatever they are written to. */
final class ObjectInput implements AutoCloseable {
    private final ManifestEntry entry;
    private final ReadableByteChannel channel;

    ObjectInput(ManifestEntry entry, InputStream in) {
        this.entry = entry;
        this.channel = ContentStream.channel(in);
    }

    /**
     * Reads into the buffer.
     *
     * @return the number of bytes, or -1 at the end
     */
    int read(ByteBuffer buffer) {
        try {
            return channel.read(buffer);
        } catch (IOException failed) {
            throw failed(failed);
        }
    }

    private MedusaException failed(IOException cause) {
        return Failures.ofFile("reading " + entry.key(), cause, FailureKind.STORAGE_UNAVAILABLE);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failed) {
            throw failed(failed);
        }
    }
}
