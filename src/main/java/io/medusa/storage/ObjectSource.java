package io.medusa.storage;

import io.medusa.os.QuietFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.Checksum;

/** The bytes of an object to be stored; can be opened again, so that any request can be replayed. */
public sealed interface ObjectSource {
    /** The number of bytes that a fresh {@link #open} yields. */
    long size();

    /** The bytes from the start; the caller closes. */
    ReadableByteChannel open() throws IOException;

    /** What to call it in a message. */
    String describe();

    /**
     * A whole file of the node, read so that the database keeps what it has in memory.
     *
     * @param size at the time of planning; a file of another size at the time of reading is an error of the reader
     */
    record OfFile(Path path, long size) implements ObjectSource {
        @Override
        public ReadableByteChannel open() throws IOException {
            return QuietFile.open(path);
        }

        @Override
        public String describe() {
            return path.toString();
        }
    }

    /**
     * Another source, of whose bytes a checksum is computed as they are read. For one reader at a time.
     *
     * @param checksum is computed anew by every complete reading
     */
    record Checksummed(ObjectSource source, Checksum checksum) implements ObjectSource {
        @Override
        public long size() {
            return source.size();
        }

        @Override
        public ReadableByteChannel open() throws IOException {
            checksum.reset();
            ReadableByteChannel channel = source.open();
            return new ReadableByteChannel() {
                @Override
                public int read(ByteBuffer buffer) throws IOException {
                    int from = buffer.position();
                    int read = channel.read(buffer);
                    if (read > 0) {
                        ByteBuffer seen = buffer.duplicate();
                        seen.position(from).limit(from + read);
                        checksum.update(seen);
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
            };
        }

        @Override
        public String describe() {
            return source.describe();
        }
    }

    /** Bytes in memory, for the small meta objects. */
    record OfBytes(ByteBuffer content) implements ObjectSource {
        /** The text in UTF-8. */
        public static OfBytes utf8(String text) {
            return new OfBytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public long size() {
            return content.remaining();
        }

        @Override
        public ReadableByteChannel open() {
            byte[] bytes = new byte[content.remaining()];
            content.duplicate().get(bytes);
            InputStream stream = new ByteArrayInputStream(bytes);
            return Channels.newChannel(stream);
        }

        @Override
        public String describe() {
            return "a text of " + content.remaining() + " bytes";
        }
    }
}
