package io.medusa.report;

/**
 * Something that is not as it should be.
 *
 * @param text one sentence
 * @param advice what to do, one sentence
 */
public record Problem(Severity severity, String text, String advice) implements Comparable<Problem> {
    /** How bad it is, the worst first. */
    public enum Severity {
        /** Data may be lost if nothing is done. */
        BAD,
        /** Somebody should look at it. */
        WARNING
    }

    @Override
    public int compareTo(Problem other) {
        return severity.compareTo(other.severity);
    }
}
