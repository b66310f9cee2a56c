package io.medusa.model;

/**
 * A password or key: prints as {@code ***} so that it cannot slip into a log or a message.
 *
 * @param reveal the text itself, for the one place that must send it
 */
public record Secret(String reveal) {
    @Override
    public String toString() {
        return "***";
    }
}
