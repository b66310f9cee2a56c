package io.medusa.config;

import io.medusa.model.WeeklyTime;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.time.format.TextStyle;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Reads the times of day and of the week that people write. */
public final class Times {
    private Times() {}

    /** A time of day such as {@code 05:30}; nothing for another text. */
    public static Optional<LocalTime> ofDay(String text) {
        try {
            return Optional.of(LocalTime.parse(text.length() == "5:30".length() ? "0" + text : text));
        } catch (DateTimeParseException none) {
            return Optional.empty();
        }
    }

    /** A time of day, after the name of a day of the week or alone for every day; nothing for another text. */
    static Optional<WeeklyTime> ofWeek(String text) {
        String[] words = text.strip().split("\\s+", -1);
        Optional<DayOfWeek> day = words.length == 2 ? day(words[0]) : Optional.empty();
        boolean wellFormed = words.length == 1 || (words.length == 2 && day.isPresent());
        return wellFormed ? ofDay(words[words.length - 1]).map(time -> new WeeklyTime(day, time)) : Optional.empty();
    }

    private static Optional<DayOfWeek> day(String word) {
        return Arrays.stream(DayOfWeek.values())
                .filter(day -> day.getDisplayName(TextStyle.SHORT, Locale.ROOT).equalsIgnoreCase(word)
                        || day.name().equalsIgnoreCase(word))
                .findFirst();
    }
}
