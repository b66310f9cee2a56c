package io.medusa.model;

import java.time.Duration;
import java.util.Locale;

/** A number with its noun, as people read it. */
public final class Count {
    private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB"};

    private Count() {}

    /** {@code 1 file}, {@code 2 files}: for nouns with a regular plural. */
    public static String of(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** A size with two decimals, in units of powers of 1024, such as {@code 1.50 MB}. */
    public static String bytes(long number) {
        double value = number;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f %s", value, UNITS[unit]);
    }

    /** A rough duration in one unit, such as {@code 5 minutes}. */
    public static String roughly(Duration time) {
        if (time.toMinutes() < 1) {
            return Math.max(0, time.toSeconds()) + " s";
        }
        if (time.toMinutes() < 120) {
            return of(time.toMinutes(), "minute");
        }
        return time.toHours() < 48 ? time.toHours() + " hours" : time.toDays() + " days";
    }
}
