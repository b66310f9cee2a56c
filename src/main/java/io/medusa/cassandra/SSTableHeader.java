package io.medusa.cassandra;

import io.medusa.schema.DataType;
import io.medusa.schema.MarshalType;
import io.medusa.schema.TableDefinition;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The table definition in an SSTable's component {@code Statistics.db}: Cassandra's
 * {@code MetadataSerializer}, {@code ValidationMetadata} and {@code SerializationHeader}, formats ma to me, na to oa (big) and da
 * (bti).
 *
 * @param partitioner the name of its class
 * @param oldestMicros the time of its oldest write or deletion, in microseconds since the epoch; {@link Long#MIN_VALUE} if unknown
 * @param beforeFrozen whether it has a format of Cassandra 3, which does not distinguish frozen user types
 * @param key the types of the partition key's columns
 * @param statics and {@code regulars}: by name
 */
public record SSTableHeader(
        String partitioner,
        long oldestMicros,
        boolean beforeFrozen,
        List<DataType> key,
        List<Clustering> clustering,
        Map<String, DataType> statics,
        Map<String, DataType> regulars) {
    private static final int VALIDATION = 0;
    private static final int STATS = 2;
    private static final int HEADER = 3;
    private static final int KINDS = 4;
    private static final int CHECKSUM = 4;
    private static final int LONGEST = 16 << 20;
    private static final int READ_WHOLE = 64 << 10;
    private static final int STATS_PREFIX = 8 << 10;
    private static final int CONTENTS = Integer.BYTES * (3 + 2 * KINDS);

    /** The header of an SSTable of that table in which every column has a value. */
    static SSTableHeader of(TableDefinition table) {
        return new SSTableHeader(
                table.partitioner(),
                Long.MIN_VALUE,
                false,
                table.key().stream().map(column -> column.type().freeze()).toList(),
                table.clustering().stream()
                        .map(column -> new Clustering(column.type().freeze(), column.reversed()))
                        .toList(),
                table.statics(),
                table.regulars());
    }

    /** The same table definition in an SSTable with another oldest write. */
    public SSTableHeader withOldest(long micros) {
        return new SSTableHeader(partitioner, micros, beforeFrozen, key, clustering, statics, regulars);
    }

    /** A clustering column's type and direction. */
    public record Clustering(DataType type, boolean reversed) {
        @Override
        public String toString() {
            return type + (reversed ? " DESC" : " ASC");
        }
    }

    /**
     * Reads it with one read, or with four small ones if the component is large.
     *
     * @param sstable such as {@code nb-1-big}
     * @param size of the component, in bytes
     * @throws IOException if it cannot be read or has an unexpected format; the message says which
     */
    public static SSTableHeader read(String sstable, long size, SSTableKeys.Source component) throws IOException {
        boolean big = sstable.endsWith("-big");
        String version = sstable.substring(0, Math.max(0, sstable.indexOf('-')));
        if (big && version.compareTo("ma") < 0) {
            throw new IOException(
                    "format " + version + " is older than Cassandra 3.0 and is read by no present version");
        }
        boolean checksums = !big || version.compareTo("na") >= 0;
        SSTableKeys.Source source = size <= READ_WHOLE ? inMemory(size, component) : component;
        int[] offsets = offsets(size, checksums, source);
        String partitioner =
                in(part(VALIDATION, offsets, size, checksums, source)).readUTF();
        long oldest = oldest(offsets[STATS], size, source);
        try (DataInputStream in = in(part(HEADER, offsets, size, checksums, source))) {
            // the smallest write time, deletion time and time to live
            vint(in);
            vint(in);
            vint(in);
            List<DataType> key = MarshalType.components(type(string(in))).stream()
                    .map(DataType::freeze)
                    .toList();
            List<Clustering> clustering = new ArrayList<>();
            for (int left = count(in); left > 0; left--) {
                clustering.add(clustering(string(in)));
            }
            return new SSTableHeader(
                    partitioner,
                    oldest,
                    version.startsWith("m"),
                    key,
                    List.copyOf(clustering),
                    columns(in),
                    columns(in));
        }
    }

    /** It follows the histograms of partition sizes and cells, and a position of the commit log. */
    private static long oldest(int offset, long size, SSTableKeys.Source source) throws IOException {
        // the rest, with the checksum, may be large
        try (DataInputStream stats = new DataInputStream(source.open(offset, Math.min(size - offset, STATS_PREFIX)))) {
            for (int histogram = 0; histogram < 2; histogram++) {
                stats.skipNBytes(2L * Long.BYTES * stats.readInt());
            }
            stats.skipNBytes(Long.BYTES + Integer.BYTES);
            return stats.readLong();
        } catch (EOFException damaged) {
            // the header has a checksum of its own, which tells it better
            return Long.MIN_VALUE;
        }
    }

    private static SSTableKeys.Source inMemory(long size, SSTableKeys.Source component) throws IOException {
        byte[] bytes;
        try (InputStream in = component.open(0, size)) {
            bytes = in.readAllBytes();
        }
        return (offset, length) -> new ByteArrayInputStream(
                bytes, (int) Math.min(offset, bytes.length), (int) Math.min(length, bytes.length));
    }

    /** The offset of each kind of metadata; the total size for a missing kind. */
    private static int[] offsets(long size, boolean checksums, SSTableKeys.Source source) throws IOException {
        if (size > LONGEST || size < Integer.BYTES) {
            throw new IOException("it has an impossible size of " + size + " bytes");
        }
        int[] offsets = new int[KINDS];
        java.util.Arrays.fill(offsets, (int) size);
        try (DataInputStream in = new DataInputStream(source.open(0, Math.min(size, CONTENTS)))) {
            int count = in.readInt();
            if (count < 1 || count > KINDS) {
                throw new IOException("it names " + count + " kinds of metadata");
            }
            if (checksums) {
                in.readInt();
            }
            for (int i = 0; i < count; i++) {
                int kind = in.readInt();
                int offset = in.readInt();
                if (kind < 0 || kind >= KINDS || offset < 0 || offset >= size) {
                    throw new IOException("its table of contents points nowhere");
                }
                offsets[kind] = offset;
            }
        }
        return offsets;
    }

    private static byte[] part(int kind, int[] offsets, long size, boolean checksums, SSTableKeys.Source source)
            throws IOException {
        int from = offsets[kind];
        int to = (int) size;
        for (int offset : offsets) {
            to = offset > from ? Math.min(to, offset) : to;
        }
        int length = to - from - (checksums ? CHECKSUM : 0);
        if (length <= 0) {
            throw new IOException("it lacks the metadata that describes the table");
        }
        byte[] bytes = new byte[length];
        try (InputStream opened = source.open(from, to - from);
                DataInputStream in = new DataInputStream(opened)) {
            in.readFully(bytes);
            if (checksums) {
                CRC32 crc = new CRC32();
                crc.update(bytes);
                if (in.readInt() != (int) crc.getValue()) {
                    throw new IOException("its own checksum does not match");
                }
            }
        }
        return bytes;
    }

    private static DataInputStream in(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    private static Clustering clustering(String className) throws IOException {
        @Nullable String reversed = MarshalType.reversed(className);
        return new Clustering(type(reversed == null ? className : reversed).freeze(), reversed != null);
    }

    private static Map<String, DataType> columns(DataInputStream in) throws IOException {
        Map<String, DataType> columns = new LinkedHashMap<>();
        for (int left = count(in); left > 0; left--) {
            String name = string(in);
            columns.put(name, type(string(in)));
        }
        return columns;
    }

    private static DataType type(String className) throws IOException {
        try {
            return MarshalType.parse(className);
        } catch (IllegalArgumentException unknown) {
            throw new IOException("it names a type that cannot be read, " + className, unknown);
        }
    }

    private static String string(DataInputStream in) throws IOException {
        byte[] bytes = new byte[count(in)];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int count(DataInputStream in) throws IOException {
        long count = vint(in);
        if (count < 0 || count > in.available()) {
            throw new EOFException("it ends too early");
        }
        return (int) count;
    }

    /** Cassandra's {@code VIntCoding}: the leading ones of the first byte are the number of bytes that follow. */
    private static long vint(DataInputStream in) throws IOException {
        int first = in.readUnsignedByte();
        int more = Integer.numberOfLeadingZeros(~(first << 24));
        long value = more >= 7 ? 0 : first & (0xff >> more);
        for (int i = 0; i < more; i++) {
            value = (value << 8) | in.readUnsignedByte();
        }
        return value;
    }
}
