package io.medusa.model;

/** A number with its noun, as people read it. */
public final class Count {
    private Count() {}

    /** {@code 1 file}, {@code 2 files}: for nouns with a regular plural. */
    public static String of(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
