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
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.:=@+,~-]+");
    /** Words that other readers search for anywhere in a key of the index (docs/compatibility.md 4, 7.5). */
    private static final List<String> INDEX_WORDS =
            List.of("started", "finished", "differential", "incremental", "tokenmap");

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
     * The name of a new backup. Stricter than for an existing one: names that would break the index of a shared bucket or a remote
     * command line are refused.
     */
    public static BackupName forNewBackup(String value) {
        BackupName name = new BackupName(value);
        if (!PLAIN.matcher(value).matches()) {
            throw refused(value, "use only letters, digits and _ . : = @ + , ~ -");
        }
        if (value.startsWith("-") || value.startsWith(".")) {
            throw refused(value, "it must not begin with '-' or '.'");
        }
        if (value.length() > MAX_LENGTH) {
            throw refused(value, "it is longer than " + MAX_LENGTH + " characters");
        }
        if (value.startsWith("data")) {
            throw refused(value, "names that begin with 'data' collide with the pool of data files");
        }
        if (value.endsWith("nodes")) {
            throw refused(value, "names that end with 'nodes' are taken for a sub-directory by other readers");
        }
        for (String word : INDEX_WORDS) {
            if (value.contains(word)) {
                throw refused(value, "names must not contain '" + word + "', a word of the index");
            }
        }
        return name;
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
