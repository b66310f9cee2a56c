package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The name of a backup, safe as one segment of a key.
 *
 * @param value as the user gave it
 */
public record BackupName(String value) implements Comparable<BackupName> {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.:=@+,~-]+( +[A-Za-z0-9_.:=@+,~-]+)*");
    /** Words that the Python Medusa searches for anywhere in a key of the index, and then expects to be that kind of file. */
    private static final List<String> INDEX_WORDS = List.of("started", "finished", "tokenmap", "manifest");
    /** By these it tells differential backups from full ones (docs/compatibility.md 4, 7.5). */
    private static final List<String> MODE_WORDS = List.of("differential", "incremental");

    private static final int MAX_LENGTH = 200;

    public BackupName {
        if (!Segments.isSafe(value)) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "backup name " + Segments.quoted(value) + " cannot be used: a name must not be empty, '.' or '..',"
                            + " nor contain '/', '\\' or control characters");
        }
    }

    /**
     * The name of a new backup. Stricter than for an existing one: only names that both this program and the Python Medusa keep
     * apart from everything else in a bucket.
     */
    public static BackupName forNewBackup(String value, BackupMode mode) {
        BackupName name = new BackupName(value);
        if (!PLAIN.matcher(value).matches()) {
            throw refused(value, "use only letters, digits, blanks between them, and _ . : = @ + , ~ -");
        }
        if (value.startsWith("-") || value.startsWith(".")) {
            throw refused(value, "it must not begin with '-' or '.'");
        }
        if (value.length() > MAX_LENGTH) {
            throw refused(value, "it is longer than " + MAX_LENGTH + " characters");
        }
        if (value.startsWith("data")) {
            throw refused(
                    value,
                    "a purge of the Python Medusa takes names that begin with 'data' for the pool of data files");
        }
        if (value.endsWith("nodes")) {
            throw refused(
                    value,
                    "the Python Medusa, on nodes that run it, stores files under wrong keys if the name ends with"
                            + " 'nodes'");
        }
        refuseWords(value, INDEX_WORDS, "the Python Medusa cannot list a bucket with names that contain ");
        if (mode == BackupMode.FULL) {
            refuseWords(
                    value,
                    MODE_WORDS,
                    "the Python Medusa takes a full backup for a differential one if its name contains ");
        }
        return name;
    }

    /** The same for a new backup of a whole cluster. */
    public static BackupName forNewClusterBackup(String value, BackupMode mode) {
        BackupName name = forNewBackup(value, mode);
        if (value.contains(" ")) {
            throw refused(
                    value, "the Python Medusa's restore-cluster stops all nodes before it fails on a name with spaces");
        }
        return name;
    }

    private static void refuseWords(String value, List<String> words, String why) {
        for (String word : words) {
            if (value.contains(word)) {
                throw refused(value, why + "'" + word + "'");
            }
        }
    }

    private static MedusaException refused(String value, String why) {
        return new MedusaException(
                FailureKind.REFUSED,
                "backup name " + Segments.quoted(value) + " cannot be used: " + why + "; choose another name");
    }

    @Override
    public int compareTo(BackupName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
