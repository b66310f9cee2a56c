package io.medusa.model;

/**
 * The result of one check.
 *
 * @param subject what was checked, such as {@code storage: delete}
 * @param detail one line: what was found, and how to fix it
 */
public record Check(String subject, Outcome outcome, String detail) {
    /** The outcomes of a check. */
    public enum Outcome {
        /** No problem. */
        OK,
        /** Backups work, but this needs attention. */
        WARNING,
        /** Backups or restores will fail. */
        FAILED,
        /** Not run because an earlier check failed. */
        SKIPPED
    }
}
