package io.medusa.report;

/**
 * A problem with the backups.
 *
 * @param text one sentence
 * @param advice what to do, one sentence
 */
public record Problem(Severity severity, String text, String advice) implements Comparable<Problem> {
    /** The severity, worst first. */
    public enum Severity {
        /** Data may be lost if nothing is done. */
        BAD,
        /** Needs attention. */
        WARNING
    }

    @Override
    public int compareTo(Problem other) {
        return severity.compareTo(other.severity);
    }
}
