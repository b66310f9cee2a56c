package io.medusa.report;

import io.medusa.model.Count;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Formats times, sizes and rates for people. */
public final class Text {
    private Text() {}

    /** Local time, {@code YYYY-MM-DD HH:MM:SS}. */
    public static String time(Instant moment) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                .withZone(ZoneId.systemDefault())
                .format(moment);
    }

    /** Local date, {@code YYYY-MM-DD}. */
    public static String day(Instant moment) {
        return time(moment).substring(0, "YYYY-MM-DD".length());
    }

    /** A size with two decimals, in units of powers of 1024. */
    public static String size(long bytes) {
        return Count.bytes(bytes);
    }

    /** A transfer rate in bytes per second. */
    public static String rate(long bytes, Duration time) {
        return size(Math.round(bytes / Math.max(0.001, time.toMillis() / 1000.0))) + "/s";
    }

    /** How much of what was restored was downloaded, and how much reused from disk: two lines. */
    public static List<String> fetched(int files, long bytes, int fetched, long fetchedBytes) {
        return List.of(
                "- Downloaded: " + Count.of(fetched, "file") + ", " + size(fetchedBytes),
                "- Reused:     " + Count.of(files - fetched, "file") + ", " + size(bytes - fetchedBytes));
    }

    /** Seconds with one decimal, or hours, minutes and seconds. */
    public static String duration(Duration time) {
        if (time.toSeconds() < 60) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        }
        return String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    /** A rough duration, in one unit. */
    public static String about(Duration time) {
        return Count.roughly(time);
    }
}
