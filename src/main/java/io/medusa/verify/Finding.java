package io.medusa.verify;

import io.medusa.model.NodeName;

/**
 * Something that is not as a manifest says.
 *
 * @param key of the object
 */
public record Finding(NodeName node, String key, Kind kind) {
    /** What is wrong. */
    public enum Kind {
        MISSING("Doesn't exists"),
        DIFFERENT("Blob different"),
        NOT_IN_MANIFEST("exists in storage, but not in manifest"),
        UNREADABLE("Manifest cannot be read");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** The words that scripts know. */
        public String words() {
            return words;
        }
    }
}
