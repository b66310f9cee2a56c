package io.medusa.cassandra;

import io.medusa.model.SSTableName;
import io.medusa.model.ServerVersion;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of Cassandra's releases, such as 5.0, and what it can read. The versions of SSTables are those of Cassandra's
 * {@code BigFormat} and {@code BtiFormat}: a release reads every version whose letter is not above its own, from {@code ma} on
 * (3.x: from {@code jb} on, which Cassandra 2.0 wrote).
 */
public record Release(int major, int minor) implements Comparable<Release> {
    private static final Pattern VERSION = Pattern.compile("^(\\d{1,4})\\.(\\d{1,4})(?:[^\\d].*)?$");
    private static final String OLDEST = "ma";
    private static final String OLDEST_IN_3 = "jb";
    private static final String OLDEST_BTI = "da";
    private static final Release FOUR = new Release(4, 0);
    private static final Release FIVE = new Release(5, 0);
    private static final Release NEWEST = new Release(6, 0);
    private static final Release METADATA_LOG = new Release(5, 1);

    /** Parses a version such as {@code 5.0.9} or {@code 6.0-alpha2}; empty if it is not one. */
    public static Optional<Release> of(String version) {
        Matcher matcher = VERSION.matcher(version);
        return matcher.matches()
                ? Optional.of(new Release(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    /** The release of a server; empty if it is not Apache Cassandra, such as DSE, which is numbered differently. */
    public static Optional<Release> of(ServerVersion server) {
        return server.serverType().equals("cassandra") ? of(server.releaseVersion()) : Optional.empty();
    }

    /** Whether it can read an SSTable of that version and format; true for unknown newer releases and formats. */
    public boolean reads(SSTableName name) {
        String version = name.version();
        return switch (name.format()) {
            case "big" ->
                version.compareTo(isBefore4() ? OLDEST_IN_3 : OLDEST) >= 0
                        && (compareTo(NEWEST) >= 0 || version.charAt(0) <= newestBig());
            case "bti" ->
                compareTo(FIVE) >= 0
                        && version.compareTo(OLDEST_BTI) >= 0
                        && (compareTo(FIVE) > 0 || version.charAt(0) == OLDEST_BTI.charAt(0));
            default -> true;
        };
    }

    /**
     * Whether every node keeps the log of its cluster's metadata (members, tokens, schema) among its system tables. A node that
     * starts on another node's log joins the cluster in that log.
     */
    public boolean keepsMetadataLog() {
        return compareTo(METADATA_LOG) >= 0;
    }

    /**
     * Whether clearing a snapshot that would expire also cancels its expiry. 4.1 does not: at that time it would remove a later snapshot
     * of the same name.
     */
    public boolean cancelsExpiry() {
        return compareTo(FIVE) >= 0;
    }

    /** Whether objects of the schema have comments and security labels that are set with statements of their own. */
    public boolean hasComments() {
        return compareTo(NEWEST) >= 0;
    }

    /** The same of a server; false if its release is unknown. */
    public static boolean keepsMetadataLog(ServerVersion server) {
        return of(server).filter(Release::keepsMetadataLog).isPresent();
    }

    /** Whether it is 3.11 or older: without imports into a running node, {@code DESCRIBE} and {@code peers_v2}. */
    public boolean isBefore4() {
        return compareTo(FOUR) < 0;
    }

    /** The same of a version as a node reports it; false if it is not a version. */
    public static boolean isBefore4(String version) {
        return of(version).filter(Release::isBefore4).isPresent();
    }

    private char newestBig() {
        if (isBefore4()) {
            return 'm';
        }
        return compareTo(FIVE) < 0 ? 'n' : compareTo(FIVE) == 0 ? 'o' : 'p';
    }

    /**
     * Whether it can start on the system tables of another release: its own, or an older one that Cassandra can be upgraded from
     * in one step (its {@code NEWS.txt}: 5.0 and later from 4.0 on).
     */
    public boolean startsOnDataOf(Release other) {
        return other.compareTo(this) <= 0 && (compareTo(FIVE) < 0 || other.compareTo(FOUR) >= 0);
    }

    @Override
    public int compareTo(Release other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
