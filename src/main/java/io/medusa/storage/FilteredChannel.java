package io.medusa.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A channel that inspects the bytes read through it. */
abstract class FilteredChannel implements ReadableByteChannel {
    private final ReadableByteChannel channel;

    FilteredChannel(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /** Inspects the bytes that were just read, at least one. */
    abstract void passed(ByteBuffer bytes);

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        int from = buffer.position();
        int read = channel.read(buffer);
        if (read > 0) {
            ByteBuffer seen = buffer.duplicate();
            seen.position(from).limit(from + read);
            passed(seen);
        }
        return read;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
