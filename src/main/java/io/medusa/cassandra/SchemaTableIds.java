package io.medusa.cassandra;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.HexFormat;

/**
 * Searches the rows of {@code system_schema.tables} or {@code views} in an SSTable for a table's id, without Cassandra: the
 * id is 16 bytes of its row. Schema tables are compressed with LZ4 (Cassandra's {@code CompressionMetadata} and
 * {@code LZ4Compressor}; the block format is that of the LZ4 project), or not at all.
 */
public final class SchemaTableIds {
    private static final int CHECKSUM = 4;
    private static final int LENGTH = 4;
    private static final int SHORTEST_MATCH = 4;
    private static final int LONGEST_CHUNK = 1 << 24;

    private final byte[] rows;

    /**
     * Reads an SSTable.
     *
     * @param sstable such as {@code nb-1-big}
     * @param data the Data component
     * @param compression the component {@code CompressionInfo.db}; empty if there is none
     * @throws IOException if it cannot be read
     */
    public SchemaTableIds(String sstable, byte[] data, byte[] compression) throws IOException {
        try {
            rows = compression.length == 0 ? data : decompressed(sstable, data, compression);
        } catch (IndexOutOfBoundsException damaged) {
            throw new IOException("it is not compressed as it says", damaged);
        }
    }

    /** Whether a row names that table. */
    public boolean contains(String id) {
        byte[] wanted = HexFormat.of().parseHex(id);
        for (int at = 0; at + wanted.length <= rows.length; at++) {
            int same = 0;
            while (same < wanted.length && rows[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }

    private static byte[] decompressed(String sstable, byte[] data, byte[] compression) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(compression))) {
            String compressor = in.readUTF();
            if (!compressor.endsWith("LZ4Compressor")) {
                throw new IOException("it is compressed with " + compressor);
            }
            for (int options = in.readInt(); options > 0; options--) {
                in.readUTF();
                in.readUTF();
            }
            in.readInt();
            boolean ofCassandra3 = sstable.startsWith("m");
            int longest = ofCassandra3 ? Integer.MAX_VALUE : in.readInt();
            in.readLong();
            int chunks = in.readInt();
            int from = (int) in.readLong();
            for (int left = chunks; left > 0; left--) {
                int next = left == 1 ? data.length : (int) in.readLong();
                int to = next - CHECKSUM;
                if (to - from >= longest) {
                    all.write(data, from, to - from);
                } else {
                    all.write(chunk(data, from, to));
                }
                from = next;
            }
        }
        return all.toByteArray();
    }

    /** The length as a little-endian int, then one LZ4 block. */
    private static byte[] chunk(byte[] data, int from, int to) throws IOException {
        int length = 0;
        for (int i = LENGTH - 1; i >= 0; i--) {
            length = (length << 8) | (data[from + i] & 0xff);
        }
        if (length < 0 || length > LONGEST_CHUNK) {
            throw new IOException("it is not compressed as it says");
        }
        byte[] out = new byte[length];
        int in = from + LENGTH;
        int at = 0;
        while (in < to) {
            int token = data[in++] & 0xff;
            int literals = token >> 4;
            for (int more = literals == 15 ? 255 : 0; more == 255; ) {
                more = data[in++] & 0xff;
                literals += more;
            }
            System.arraycopy(data, in, out, at, literals);
            in += literals;
            at += literals;
            if (in >= to) {
                break;
            }
            int back = (data[in] & 0xff) | ((data[in + 1] & 0xff) << 8);
            in += 2;
            int match = token & 15;
            for (int more = match == 15 ? 255 : 0; more == 255; ) {
                more = data[in++] & 0xff;
                match += more;
            }
            // byte by byte: source and target may overlap
            for (int end = at + match + SHORTEST_MATCH; at < end; at++) {
                out[at] = out[at - back];
            }
        }
        return out;
    }
}
