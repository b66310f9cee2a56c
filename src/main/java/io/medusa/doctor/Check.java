package io.medusa.doctor;

/**
 * What one look came to.
 *
 * @param subject what was looked at, such as {@code storage: delete}
 * @param detail one line: what was found, and what to do if that is not good
 */
public record Check(String subject, Outcome outcome, String detail) {
    /** How good it is. */
    public enum Outcome {
        /** As it should be. */
        OK,
        /** Backups work, but somebody should know. */
        WARNING,
        /** Backups or restores will fail. */
        FAILED,
        /** Something before it failed. */
        SKIPPED
    }
}
