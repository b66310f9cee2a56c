package io.medusa.cassandra;

import io.medusa.model.Component;
import io.medusa.model.SSTableName;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Locates the damaged part of a Data component by Cassandra's own checksums: after each compressed
 * chunk (Cassandra's {@code CompressionMetadata} and {@code CompressedSequentialWriter}, versions 3.0 to 5.0), or in the CRC
 * component of uncompressed data ({@code ChecksumWriter}).
 */
public final class ChunkChecksums {
    private static final int CHECKSUM = 4;

    private ChunkChecksums() {}

    /**
     * Reads the whole component.
     *
     * @param data the Data component, beside its other components
     * @return one human-readable clause, such as {@code chunk 3 of 20 (bytes 196608 to 262139) is damaged}
     */
    public static String locate(Path data) throws IOException {
        SSTableName name = SSTableName.parse(String.valueOf(data.getFileName())).orElseThrow();
        Path compression = data.resolveSibling(name.fileOf(Component.COMPRESSION_INFO));
        Path checksums = data.resolveSibling(name.fileOf(Component.CRC));
        try {
            if (Files.exists(compression)) {
                return compressed(data, compression, name);
            }
            if (Files.exists(checksums)) {
                return uncompressed(data, checksums);
            }
        } catch (EOFException tooShort) {
            return "it is cut off, or the component with its chunks is";
        } catch (NoSuchFileException gone) {
            return "the component with its chunks is gone";
        }
        return "it has no checksums of chunks to tell where";
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 64 * 1024));
    }

    private static String compressed(Path data, Path compression, SSTableName name) throws IOException {
        List<Long> offsets = offsets(compression, name, Files.size(data));
        if (offsets.isEmpty()) {
            return "its CompressionInfo.db cannot be read";
        }
        offsets.add(Files.size(data));
        Report report = new Report(offsets.size() - 1);
        try (DataInputStream in = open(data)) {
            for (int chunk = 0; chunk + 1 < offsets.size(); chunk++) {
                long from = offsets.get(chunk);
                long length = offsets.get(chunk + 1) - from - CHECKSUM;
                if (length < 0) {
                    return "its CompressionInfo.db cannot be right";
                }
                CRC32 crc = checksum(in, length);
                if (in.readInt() != (int) crc.getValue()) {
                    report.add(chunk, from, from + length + CHECKSUM);
                }
            }
        }
        return report.text();
    }

    /** Class name, options, chunk length, from version 4.0 on the largest compressed length, data length, then the offsets. */
    private static List<Long> offsets(Path compression, SSTableName name, long dataSize) throws IOException {
        boolean maxLength = !name.format().equals("big") || name.version().compareTo("na") >= 0;
        List<Long> offsets = new ArrayList<>();
        try (DataInputStream in = open(compression)) {
            in.readUTF();
            int options = in.readInt();
            if (options < 0 || options > 1000) {
                return offsets;
            }
            for (int i = 0; i < options; i++) {
                in.readUTF();
                in.readUTF();
            }
            in.readInt();
            if (maxLength) {
                in.readInt();
            }
            in.readLong();
            int chunks = in.readInt();
            for (int i = 0; i < chunks; i++) {
                long offset = in.readLong();
                if (offset < 0 || offset >= dataSize || (i > 0 && offset <= offsets.get(i - 1))) {
                    return List.of();
                }
                offsets.add(offset);
            }
        } catch (java.io.UTFDataFormatException damaged) {
            return List.of();
        }
        return offsets;
    }

    private static String uncompressed(Path data, Path checksums) throws IOException {
        long size = Files.size(data);
        try (DataInputStream in = open(data);
                DataInputStream expected = open(checksums)) {
            int length = expected.readInt();
            if (length <= 0) {
                return "its CRC.db cannot be right";
            }
            Report report = new Report((int) ((size + length - 1) / length));
            int chunk = 0;
            for (long from = 0; from < size; from += length, chunk++) {
                long to = Math.min(size, from + length);
                if (expected.readInt() != (int) checksum(in, to - from).getValue()) {
                    report.add(chunk, from, to);
                }
            }
            return report.text();
        }
    }

    private static CRC32 checksum(InputStream in, long length) throws IOException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[64 * 1024];
        long left = length;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException();
            }
            crc.update(buffer, 0, read);
            left -= read;
        }
        return crc;
    }

    /** The damaged chunks; only the first ones are named. */
    private static final class Report {
        private static final int NAMED = 3;

        private final int chunks;
        private final List<String> named = new ArrayList<>();
        private int damaged;

        Report(int chunks) {
            this.chunks = chunks;
        }

        void add(int chunk, long from, long to) {
            damaged++;
            if (named.size() < NAMED) {
                named.add((chunk + 1) + " of " + chunks + " (bytes " + from + " to " + (to - 1) + ")");
            }
        }

        String text() {
            if (damaged == 0) {
                return "all its chunks are as their own checksums say, so that Digest.crc32 itself is damaged";
            }
            String more = damaged > named.size() ? " and " + (damaged - named.size()) + " more" : "";
            return (damaged == 1 ? "damaged chunk " : "damaged chunks ") + String.join(", ", named) + more;
        }
    }
}
