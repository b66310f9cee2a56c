package io.medusa.verify;

import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * A difference between a manifest and the store.
 *
 * @param key of the object
 * @param level the shallowest level that can tell whether it is still there
 * @param since when an earlier verification found it; empty if this one found it
 */
public record Finding(NodeBackup backup, String key, Kind kind, Level level, Optional<Instant> since) {
    /** A finding of this verification. */
    Finding(NodeBackup backup, String key, Kind kind, Level level) {
        this(backup, key, kind, level, Optional.empty());
    }

    /** Whether this verification found it, and not an earlier one that looked deeper. */
    public boolean isConfirmed() {
        return since.isEmpty();
    }

    static final Comparator<Finding> ORDER = Comparator.comparing((Finding finding) -> finding.node())
            .thenComparing(Finding::name)
            .thenComparing(Finding::kind)
            .thenComparing(Finding::key);

    /** The node whose backup is damaged. */
    public NodeName node() {
        return backup.node();
    }

    /** The name of the backup that is damaged. */
    public BackupName name() {
        return backup.name();
    }

    /** What is wrong. */
    public enum Kind {
        MISSING("Doesn't exists"),
        DIFFERENT("Blob different"),
        NOT_IN_MANIFEST("exists in storage, but not in manifest"),
        UNREADABLE("Manifest cannot be read"),
        METADATA_UNREADABLE("Metadata cannot be read"),
        EMPTY("Manifest names no tables, although the schema defines some"),
        CONTRADICTED("Manifest differs from its copy in the index"),
        INCOMPLETE_SSTABLE("Component of an SSTable is not in the manifest"),
        DIGEST_MISMATCH("Data does not match its Digest.crc32"),
        UNVERIFIABLE("Content cannot be verified"),
        NOT_A_COMPONENT("Not the name of an SSTable component, restores refuse it");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** The text that scripts expect. */
        public String words() {
            return words;
        }

        /** Its name in JSON and in the bucket. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Kind> of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word().equals(word))
                    .findFirst();
        }

        /** Whether it is about the bytes of one object, which many backups may need. */
        boolean isOfContent() {
            return this == MISSING || this == DIFFERENT || this == DIGEST_MISMATCH || this == UNVERIFIABLE;
        }
    }
}
