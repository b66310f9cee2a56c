package io.medusa.cassandra;

import java.util.Optional;

/**
 * The name of one component of an SSTable, such as {@code nb-12-big-Data.db}, {@code da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db}
 * or {@code oa-2-big-SAI+aa+idx+Meta.db} (Cassandra's {@code Descriptor} and {@code Component}, versions 3.0 to 5.0).
 *
 * @param sstable everything before the component: version, identifier and format; the same for all components of an SSTable
 * @param component such as {@code Data.db}
 */
public record SSTableName(String sstable, String component) {
    /** The component that holds the checksum of the Data component, by which an SSTable is known. */
    public static final String DIGEST = "Digest.crc32";

    /** The component that lists all components. */
    public static final String TOC = "TOC.txt";

    /** The name's parts, or nothing for a file that is not a component of an SSTable. */
    public static Optional<SSTableName> parse(String fileName) {
        // by hand: this is asked of every file of a node several times
        int identifier = dashAfter(fileName, 0, 2, 2, false);
        int format = dashAfter(fileName, identifier, 1, fileName.length(), true);
        int component = dashAfter(fileName, format, 1, fileName.length(), false);
        return component < 0 || component == fileName.length()
                ? Optional.empty()
                : Optional.of(new SSTableName(fileName.substring(0, component - 1), fileName.substring(component)));
    }

    /** The version of its format, such as {@code nb}. */
    public String version() {
        return sstable.substring(0, sstable.indexOf('-'));
    }

    /** Its format, such as {@code big} or {@code bti}. */
    public String format() {
        return sstable.substring(sstable.lastIndexOf('-') + 1);
    }

    /**
     * Where the part after the next dash begins, if what is before it is lower-case letters, or also digits and underscores.
     *
     * @return -1 if it is not, or {@code from} is -1
     */
    private static int dashAfter(String name, int from, int atLeast, int atMost, boolean ofAnIdentifier) {
        if (from < 0) {
            return -1;
        }
        int at = from;
        while (at < name.length() && isOf(name.charAt(at), ofAnIdentifier)) {
            at++;
        }
        boolean fits = at - from >= atLeast && at - from <= atMost;
        return fits && at < name.length() && name.charAt(at) == '-' ? at + 1 : -1;
    }

    private static boolean isOf(char c, boolean ofAnIdentifier) {
        return (c >= 'a' && c <= 'z') || (ofAnIdentifier && ((c >= '0' && c <= '9') || c == '_'));
    }

    /**
     * Whether the component's bytes follow from those of the Data component, so that they are the same when the digest is.
     * Statistics and Summary are rewritten in place, Filter and TOC may be, and index components have a life of their own.
     */
    public boolean isCoveredByDigest() {
        return switch (component) {
            case "Data.db", "Index.db", "Partitions.db", "Rows.db", "CompressionInfo.db", "CRC.db", DIGEST -> true;
            default -> false;
        };
    }
}
