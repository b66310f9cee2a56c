package io.medusa.cassandra;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one component of an SSTable, such as {@code nb-12-big-Data.db}, {@code da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db}
 * or {@code oa-2-big-SAI+aa+idx+Meta.db} (Cassandra's {@code Descriptor} and {@code Component}, versions 3.0 to 5.0); also
 * {@code shop-orders-ka-7-Data.db}, which Cassandra 2.1 wrote and 3.x still reads.
 *
 * @param sstable everything before the component: version, identifier and format; the same for all components of an SSTable
 * @param component such as {@code Data.db}
 */
public record SSTableName(String sstable, String component) {
    /** The component that holds the checksum of the Data component, by which an SSTable is known. */
    public static final String DIGEST = "Digest.crc32";

    /** The component that lists all components. */
    public static final String TOC = "TOC.txt";
    /** The component that holds the rows; an SSTable without it is none. */
    public static final String DATA = "Data.db";

    /** Every component that Cassandra 2.1 to 5.0 writes under a name of its own. */
    private static final Set<String> COMPONENTS = Set.of(
            DATA,
            "Index.db",
            "Summary.db",
            "Partitions.db",
            "Rows.db",
            "Statistics.db",
            "Filter.db",
            "CompressionInfo.db",
            "CRC.db",
            TOC,
            DIGEST,
            "Digest.adler32",
            "Digest.sha1");
    /** Components of indexes that are attached to an SSTable: SASI's, SAI's, and SAI's as DataStax Enterprise names them. */
    private static final Pattern ATTACHED = Pattern.compile("(?:SI_|SAI\\+|SAI_)[A-Za-z0-9_+-]{1,200}\\.db");

    private static final Pattern INDEX_DIRECTORY = Pattern.compile("\\.\\w+");
    private static final Pattern FORMAT = Pattern.compile("[a-z]{2}-[a-z0-9_]+-(?:big|bti)");
    private static final Pattern OF_2_1 = Pattern.compile("(\\w+-\\w+(?:\\.\\w+)?-[jk][a-z]-[0-9]+)-([A-Z].*)");

    /** The name's parts, or nothing for a file that is not a component of an SSTable. */
    public static Optional<SSTableName> parse(String fileName) {
        // by hand: this is asked of every file of a node several times
        int identifier = dashAfter(fileName, 0, 2, 2, false);
        int format = dashAfter(fileName, identifier, 1, fileName.length(), true);
        int component = dashAfter(fileName, format, 1, fileName.length(), false);
        if (component >= 0 && component < fileName.length()) {
            return Optional.of(new SSTableName(fileName.substring(0, component - 1), fileName.substring(component)));
        }
        Matcher old = OF_2_1.matcher(fileName);
        return old.matches() ? Optional.of(new SSTableName(old.group(1), old.group(2))) : Optional.empty();
    }

    /**
     * Whether a file of that place below its table's directory is one that Cassandra writes itself: a component of an SSTable of
     * the table, or of one of its secondary indexes. Only such files may be put among a node's data: Cassandra acts on other
     * names that it finds there, such as those of transaction logs, which have it delete what they list.
     *
     * @param relativePath a file name, or the name of an index's directory, a slash and a file name
     */
    public static boolean isComponent(String relativePath) {
        int slash = relativePath.indexOf('/');
        return (slash < 0
                        || INDEX_DIRECTORY
                                .matcher(relativePath.substring(0, slash))
                                .matches())
                && parse(relativePath.substring(slash + 1))
                        .filter(SSTableName::isKnown)
                        .isPresent();
    }

    private boolean isKnown() {
        return (FORMAT.matcher(sstable).matches()
                        || OF_2_1.matcher(sstable + "-" + DATA).matches())
                && (COMPONENTS.contains(component)
                        || ATTACHED.matcher(component).matches());
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
