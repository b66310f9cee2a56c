package io.medusa.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of an object to be stored; can be opened again, so that any request can be replayed. */
public sealed interface ObjectSource {
    /** The number of bytes that a fresh {@link #open} yields. */
    long size();

    /** The bytes from the start; the caller closes. */
    ReadableByteChannel open() throws IOException;

    /** What to call it in a message. */
    String describe();

    /**
     * A whole file.
     *
     * @param size at the time of planning; a file of another size at the time of reading is an error of the reader
     */
    record OfFile(Path path, long size) implements ObjectSource {
        @Override
        public ReadableByteChannel open() throws IOException {
            return FileChannel.open(path, StandardOpenOption.READ);
        }

        @Override
        public String describe() {
            return path.toString();
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
