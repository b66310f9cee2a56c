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
import java.util.function.LongConsumer;
import java.util.zip.CRC32;

/** The bytes of an object to store. Can be opened repeatedly, so that any request can be retried. */
public sealed interface ObjectSource {
    /** The number of bytes. */
    long size();

    /** The bytes from the start; the caller closes the channel. */
    ReadableByteChannel open() throws IOException;

    /** The same bytes without a bandwidth limit, for inspection before they are sent. */
    default ObjectSource unpaced() {
        return this instanceof Paced paced ? paced.source() : this;
    }

    /** Waits until this number of bytes, which have already been read, may be sent. */
    default void pace(long bytes) {
        if (this instanceof Paced paced) {
            paced.await().accept(bytes);
        }
    }

    /** A range of this source. */
    default ObjectSource part(long offset, long length) {
        if (this instanceof OfFile file) {
            return new OfFileRange(file.path(), offset, length);
        }
        if (this instanceof OfFileRange range) {
            return new OfFileRange(range.path(), range.offset() + offset, length);
        }
        if (this instanceof Checksummed whole) {
            return new Checksummed(whole.source().part(offset, length), whole.checksum(), whole.offset() + offset);
        }
        if (this instanceof Paced whole) {
            return new Paced(whole.source().part(offset, length), whole.await());
        }
        OfBytes bytes = (OfBytes) this;
        return new OfBytes(bytes.content().slice((int) offset, (int) length));
    }

    /** The name of the source for messages. */
    String describe();

    /**
     * A whole file of the node, read without displacing the database's pages from the page cache.
     *
     * @param size the size at the time of planning; another size at the time of reading is an error
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
     * A range of a file, read in the same way.
     *
     * @param size the size of the range
     */
    record OfFileRange(Path path, long offset, long size) implements ObjectSource {
        @Override
        public ReadableByteChannel open() throws IOException {
            return QuietFile.open(path, offset, size);
        }

        @Override
        public String describe() {
            return path + ", " + size + " bytes from " + offset;
        }
    }

    /**
     * A source that computes a checksum while it is read.
     *
     * @param offset the offset of the source's first byte within the checksummed bytes
     */
    record Checksummed(ObjectSource source, Crc32Parts checksum, long offset) implements ObjectSource {
        /** The checksummed bytes as a whole. */
        public Checksummed(ObjectSource source, Crc32Parts checksum) {
            this(source, checksum, 0);
        }

        @Override
        public long size() {
            return source.size();
        }

        @Override
        public ReadableByteChannel open() throws IOException {
            CRC32 crc = new CRC32();
            return new FilteredChannel(source.open()) {
                private long read;

                @Override
                void passed(ByteBuffer bytes) {
                    read += bytes.remaining();
                    crc.update(bytes);
                    if (read == size()) {
                        checksum.add(offset, read, crc);
                    }
                }
            };
        }

        @Override
        public String describe() {
            return source.describe();
        }
    }

    /**
     * A source with a bandwidth limit.
     *
     * @param await receives the number of bytes read, and returns when more may be read
     */
    record Paced(ObjectSource source, LongConsumer await) implements ObjectSource {
        @Override
        public long size() {
            return source.size();
        }

        @Override
        public ReadableByteChannel open() throws IOException {
            return new FilteredChannel(source.open()) {
                @Override
                void passed(ByteBuffer bytes) {
                    await.accept(bytes.remaining());
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
        /** A text in UTF-8. */
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
