package io.medusa.model;

import java.util.Locale;
import java.util.Optional;

/** How a backup's objects are laid out in the bucket (docs/compatibility.md 4). */
public enum BackupMode {
    /** A complete copy of every file below the backup's own prefix. */
    FULL,
    /** One copy of every file, in a pool that all differential backups of the node share. */
    DIFFERENTIAL;

    /** The word of the command line, of JSON output and of the meta marker. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mode with this word, which is case-sensitive. */
    public static Optional<BackupMode> of(String word) {
        for (BackupMode mode : values()) {
            if (mode.word().equals(word)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
