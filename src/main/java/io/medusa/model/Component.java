package io.medusa.model;

import java.util.regex.Pattern;

/** A component of an SSTable (Cassandra's {@code Component.Type}, versions 2.1 to 5.0). */
public enum Component {
    /** The rows; without it there is no SSTable. */
    DATA("Data.db", Change.COVERED_BY_DIGEST),
    /** The partition index of the big format. */
    INDEX("Index.db", Change.COVERED_BY_DIGEST),
    /** The partition index of the BTI format. */
    PARTITIONS("Partitions.db", Change.COVERED_BY_DIGEST),
    /** The row index of the BTI format. */
    ROWS("Rows.db", Change.COVERED_BY_DIGEST),
    /** The offsets of compressed chunks. */
    COMPRESSION_INFO("CompressionInfo.db", Change.COVERED_BY_DIGEST),
    /** The checksums of chunks of an uncompressed SSTable. */
    CRC("CRC.db", Change.COVERED_BY_DIGEST),
    /** The CRC32 of the Data component; its content identifies an SSTable. */
    DIGEST("Digest.crc32", Change.COVERED_BY_DIGEST),
    /** The digest that Cassandra 2.2 writes. */
    DIGEST_ADLER32("Digest.adler32", Change.POSSIBLE),
    /** The digest that Cassandra 2.1 writes. */
    DIGEST_SHA1("Digest.sha1", Change.POSSIBLE),
    /** Metadata, including the serialization header; compaction and repair rewrite it. */
    STATISTICS("Statistics.db", Change.REWRITTEN),
    /** A sample of the partition index of the big format; rewritten when memory is redistributed. */
    SUMMARY("Summary.db", Change.REWRITTEN),
    /** The Bloom filter. */
    FILTER("Filter.db", Change.POSSIBLE),
    /** The list of components; building a secondary index appends to it. */
    TOC("TOC.txt", Change.POSSIBLE),
    /** A component of a SASI index. */
    SASI("SI_", Change.OF_INDEX),
    /** A component of an SAI index. */
    SAI("SAI+", Change.OF_INDEX),
    /** A component of an SAI index of DataStax Enterprise. */
    DSE_SAI("SAI_", Change.OF_INDEX),
    /** Anything else; Cassandra writes no such component. */
    UNKNOWN("", Change.POSSIBLE);

    /** What may happen to a component while its SSTable exists. */
    private enum Change {
        /** Never changes: its bytes follow from those of the Data component. */
        COVERED_BY_DIGEST,
        /** Cassandra rewrites it without writing a new SSTable. */
        REWRITTEN,
        /** Built and dropped with its index. */
        OF_INDEX,
        /** Not excluded. */
        POSSIBLE
    }

    private static final Pattern INDEX_COMPONENT = Pattern.compile("(?:SI_|SAI\\+|SAI_)[A-Za-z0-9_+-]{1,200}\\.db");
    private static final Component[] ALL = values();

    private final String text;
    private final Change change;

    Component(String text, Change change) {
        this.text = text;
        this.change = change;
    }

    /** The component of a file whose name ends with this text after the last dash of the SSTable's name. */
    public static Component of(String ending) {
        for (Component component : ALL) {
            if (component.isOfIndex() ? ending.startsWith(component.text) : ending.equals(component.text)) {
                return component;
            }
        }
        return UNKNOWN;
    }

    /** Whether Cassandra writes files with this ending. */
    static boolean isWritten(String ending) {
        Component component = of(ending);
        return component != UNKNOWN
                && (!component.isOfIndex() || INDEX_COMPONENT.matcher(ending).matches());
    }

    /** The ending of its file name, such as {@code Data.db}; for a component of an index the beginning of the ending. */
    public String ending() {
        return text;
    }

    /** Whether its bytes follow from those of the Data component: equal digests mean equal bytes. */
    public boolean isCoveredByDigest() {
        return change == Change.COVERED_BY_DIGEST;
    }

    /** Whether Cassandra rewrites it without writing a new SSTable. */
    public boolean isRewritten() {
        return change == Change.REWRITTEN;
    }

    /** Whether it belongs to a secondary index (SAI or SASI), which Cassandra rebuilds when it is missing. */
    public boolean isOfIndex() {
        return change == Change.OF_INDEX;
    }
}
