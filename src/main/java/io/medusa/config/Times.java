package io.medusa.config;

import io.medusa.model.WeeklyTime;
import io.medusa.model.WeeklyTimes;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reads the times of day and of the week that people write. */
public final class Times {
    private static final int HOURS = 24;
    private static final Duration CLOSEST = Duration.ofMinutes(15);

    private Times() {}

    /** A time of day such as {@code 05:30}; nothing for another text. */
    public static Optional<LocalTime> ofDay(String text) {
        try {
            return Optional.of(LocalTime.parse(text.length() == "5:30".length() ? "0" + text : text));
        } catch (DateTimeParseException none) {
            return Optional.empty();
        }
    }

    /**
     * Times of the week, separated by commas: each a time of day, after the name of a day of the week or alone for every day, or a
     * minute of every hour such as {@code *:30}; at least 15 minutes apart. Nothing for another text.
     */
    static Optional<WeeklyTimes> ofWeek(String text) {
        List<WeeklyTime> times = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            List<WeeklyTime> some = part(part.strip());
            if (some.isEmpty()) {
                return Optional.empty();
            }
            times.addAll(some);
        }
        // names of rounds have minutes, and an attempt may come early
        boolean wholeMinutes = times.stream().allMatch(time -> time.time().getSecond() == 0);
        WeeklyTimes all = new WeeklyTimes(times);
        return wholeMinutes && all.shortestInterval().compareTo(CLOSEST) >= 0 ? Optional.of(all) : Optional.empty();
    }

    private static List<WeeklyTime> part(String text) {
        if (text.startsWith("*:")) {
            return ofDay("00" + text.substring(1))
                    .map(minute -> IntStream.range(0, HOURS)
                            .mapToObj(hour -> new WeeklyTime(Optional.empty(), minute.withHour(hour)))
                            .toList())
                    .orElse(List.of());
        }
        String[] words = text.split("\\s+", -1);
        Optional<DayOfWeek> day = words.length == 2 ? day(words[0]) : Optional.empty();
        boolean wellFormed = words.length == 1 || (words.length == 2 && day.isPresent());
        return wellFormed
                ? ofDay(words[words.length - 1]).stream()
                        .map(time -> new WeeklyTime(day, time))
                        .toList()
                : List.of();
    }

    private static Optional<DayOfWeek> day(String word) {
        return Arrays.stream(DayOfWeek.values())
                .filter(day -> day.getDisplayName(TextStyle.SHORT, Locale.ROOT).equalsIgnoreCase(word)
                        || day.name().equalsIgnoreCase(word))
                .findFirst();
    }
}
