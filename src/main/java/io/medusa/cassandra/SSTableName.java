package io.medusa.cassandra;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one component of an SSTable, such as {@code nb-12-big-Data.db}, {@code da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db}
 * or {@code oa-2-big-SAI+aa+idx+Meta.db} (Cassandra's {@code Descriptor} and {@code Component}, versions 3.0 to 5.0).
 *
 * @param sstable everything before the component: version, identifier and format; the same for all components of an SSTable
 * @param component such as {@code Data.db}
 */
public record SSTableName(String sstable, String component) {
    private static final Pattern NAME = Pattern.compile("([a-z]{2}-[0-9a-z_]+-[a-z]+)-(.+)");

    /** The component that holds the checksum of the Data component, by which an SSTable is known. */
    public static final String DIGEST = "Digest.crc32";

    /** The name's parts, or nothing for a file that is not a component of an SSTable. */
    public static Optional<SSTableName> parse(String fileName) {
        Matcher matcher = NAME.matcher(fileName);
        return matcher.matches() ? Optional.of(new SSTableName(matcher.group(1), matcher.group(2))) : Optional.empty();
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
