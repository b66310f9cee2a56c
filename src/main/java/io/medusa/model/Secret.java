package io.medusa.model;

/**
 * A password or key. Prints as {@code ***}, so that it cannot end up in a log or a message.
 *
 * @param reveal the text itself, for the code that sends it
 */
public record Secret(String reveal) {
    @Override
    public String toString() {
        return "***";
    }
}
