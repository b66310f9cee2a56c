package io.medusa.verify;

import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import java.util.Comparator;

/**
 * A difference between a manifest and the store.
 *
 * @param key of the object
 */
public record Finding(NodeBackup backup, String key, Kind kind) {
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
    }
}
