package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads configuration, certificates, keys and passwords. A larger file, named by mistake, must not use up the memory. */
public final class SmallFiles {
    private static final int LARGEST = 1 << 20;

    private SmallFiles() {}

    /**
     * The content of the file.
     *
     * @throws MedusaException of kind CONFIG_UNREADABLE if it is larger than 1 MB
     */
    public static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(LARGEST + 1);
            if (content.length > LARGEST) {
                throw new MedusaException(
                        FailureKind.CONFIG_UNREADABLE,
                        "file " + file
                                + " is larger than 1 MB, which no file with a configuration, certificates, a key or"
                                + " passwords is. Check the option that names it");
            }
            return content;
        }
    }

    /**
     * The content as text, without the byte order mark that Windows editors write.
     *
     * @throws java.nio.charset.CharacterCodingException if it is not UTF-8
     * @throws MedusaException of kind CONFIG_UNREADABLE if it is larger than 1 MB
     */
    public static String text(Path file) throws IOException {
        return FileSystems.withoutByteOrderMark(StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes(file)))
                .toString());
    }
}
