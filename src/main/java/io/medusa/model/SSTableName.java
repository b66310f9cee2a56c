package io.medusa.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file name of a component of an SSTable, such as {@code nb-12-big-Data.db}, {@code da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db}
 * or {@code oa-2-big-SAI+aa+idx+Meta.db} (Cassandra's {@code Descriptor} and {@code Component}, versions 3.0 to 5.0); also
 * {@code shop-orders-ka-7-Data.db}, which Cassandra 2.1 wrote and 3.x still reads.
 *
 * @param sstable everything before the component: version, identifier and format; the same for all components of an SSTable
 * @param ending everything after it, such as {@code Data.db}
 * @param component which component that is
 */
public record SSTableName(String sstable, String ending, Component component) {
    private static final Pattern INDEX_DIRECTORY = Pattern.compile("\\.\\w+");
    private static final Pattern FORMAT = Pattern.compile("[a-z]{2}-[a-z0-9_]+-(?:big|bti)");
    private static final Pattern OF_2_1 = Pattern.compile("(\\w+-\\w+(?:\\.\\w+)?-[jk][a-z]-[0-9]+)-([A-Z].*)");

    private SSTableName(String sstable, String ending) {
        this(sstable, ending, Component.of(ending));
    }

    /** Parses a file name; empty for a file that is not a component of an SSTable. */
    public static Optional<SSTableName> parse(String fileName) {
        // not by a regular expression: called several times for every file of a node
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
     * Whether Cassandra writes files at this path below a table's directory: components of SSTables of the table or of one of its
     * secondary indexes. Only such files may be placed among a node's data, because Cassandra acts on others: a transaction log, for
     * example, makes it delete the files it lists.
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
                        .filter(SSTableName::isWritten)
                        .isPresent();
    }

    private boolean isWritten() {
        return (FORMAT.matcher(sstable).matches()
                        || OF_2_1.matcher(fileOf(Component.DATA)).matches())
                && Component.isWritten(ending);
    }

    /** The version of its format, such as {@code nb}. */
    public String version() {
        if (!isOf2Dot1()) {
            return sstable.substring(0, sstable.indexOf('-'));
        }
        int end = sstable.lastIndexOf('-');
        return sstable.substring(sstable.lastIndexOf('-', end - 1) + 1, end);
    }

    /** Its format, such as {@code big} or {@code bti}; Cassandra 2.1 had only {@code big} and did not name it. */
    public String format() {
        return isOf2Dot1() ? "big" : sstable.substring(sstable.lastIndexOf('-') + 1);
    }

    /** Whether the name ends with a generation: since 2.2 it ends with the format, which has no digits. */
    private boolean isOf2Dot1() {
        char last = sstable.charAt(sstable.length() - 1);
        return last >= '0' && last <= '9';
    }

    /** The file name of another component of the same SSTable. */
    public String fileOf(Component other) {
        return sstable + "-" + other.ending();
    }

    /**
     * Where the part after the next dash begins, if only lower-case letters (or also digits and underscores) precede the dash.
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
}
