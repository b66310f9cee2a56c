package io.medusa.cassandra;

import io.medusa.model.Component;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The first and the last partition key of an SSTable, from the component that has them at its end: {@code Summary.db} of the big
 * format ({@code o.a.c.io.sstable.indexsummary.IndexSummaryComponent}), {@code Partitions.db} of the trie-indexed one
 * ({@code o.a.c.io.sstable.format.bti.PartitionIndexBuilder}).
 *
 * @param first and {@code last}: as serialized, by the order of their tokens
 */
public record SSTableKeys(ByteBuffer first, ByteBuffer last) {
    /** Two ints, a long, two ints. */
    private static final int SUMMARY_HEADER = 24;

    private static final int PARTITIONS_FOOTER = 24;
    private static final int LONGEST_KEY = 1 << 16;

    /** Reads parts of a component. */
    public interface Source {
        /** Reads bytes from an offset. */
        InputStream open(long offset, long length) throws IOException;
    }

    /**
     * Reads the keys.
     *
     * @param component {@code SUMMARY} or {@code PARTITIONS}
     * @param size of the component, in bytes
     * @return empty if the component has an unexpected format
     */
    public static Optional<SSTableKeys> read(Component component, long size, Source source) {
        try {
            return component == Component.SUMMARY ? ofSummary(size, source) : ofPartitions(size, source);
        } catch (IOException cutOff) {
            return Optional.empty();
        }
    }

    private static Optional<SSTableKeys> ofSummary(long size, Source source) throws IOException {
        if (size < SUMMARY_HEADER) {
            return Optional.empty();
        }
        long keys;
        try (DataInputStream in = new DataInputStream(source.open(0, SUMMARY_HEADER))) {
            in.readInt();
            in.readInt();
            keys = SUMMARY_HEADER + in.readLong();
        }
        if (keys < SUMMARY_HEADER || keys >= size || size - keys > 2L * (LONGEST_KEY + Integer.BYTES)) {
            return Optional.empty();
        }
        try (DataInputStream in = new DataInputStream(source.open(keys, size - keys))) {
            return keys(key(in, in.readInt()), in, true);
        }
    }

    private static Optional<SSTableKeys> ofPartitions(long size, Source source) throws IOException {
        if (size < PARTITIONS_FOOTER) {
            return Optional.empty();
        }
        long keys;
        try (DataInputStream in = new DataInputStream(source.open(size - PARTITIONS_FOOTER, PARTITIONS_FOOTER))) {
            keys = in.readLong();
        }
        if (keys < 0 || keys >= size || size - keys > 2L * (LONGEST_KEY + Short.BYTES) + PARTITIONS_FOOTER) {
            return Optional.empty();
        }
        try (DataInputStream in = new DataInputStream(source.open(keys, size - keys))) {
            return keys(key(in, in.readUnsignedShort()), in, false);
        }
    }

    private static Optional<SSTableKeys> keys(ByteBuffer first, DataInputStream in, boolean longLength)
            throws IOException {
        ByteBuffer last = key(in, longLength ? in.readInt() : in.readUnsignedShort());
        return Optional.of(new SSTableKeys(first, last));
    }

    private static ByteBuffer key(DataInputStream in, int length) throws IOException {
        if (length < 0 || length > LONGEST_KEY) {
            throw new EOFException("no key is " + length + " bytes long");
        }
        byte[] key = new byte[length];
        in.readFully(key);
        return ByteBuffer.wrap(key);
    }
}
