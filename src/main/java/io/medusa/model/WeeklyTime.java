package io.medusa.model;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A time of day, daily or on one day of the week.
 *
 * @param day empty for every day
 */
public record WeeklyTime(Optional<DayOfWeek> day, LocalTime time) {
    private static final int DAYS_OF_WEEK = 7;

    /** The first occurrence after a moment. */
    public ZonedDateTime after(ZonedDateTime moment) {
        // step by date: a time that daylight saving skips moves on that day only, and one that occurs twice counts once
        LocalDate date = moment.toLocalDate();
        ZonedDateTime next = on(date, moment.getZone());
        while (!next.isAfter(moment) || (day.isPresent() && next.getDayOfWeek() != day.get())) {
            date = date.plusDays(1);
            next = on(date, moment.getZone());
        }
        return next;
    }

    private ZonedDateTime on(LocalDate date, ZoneId zone) {
        return date.atTime(time.truncatedTo(ChronoUnit.SECONDS)).atZone(zone);
    }

    /** The last occurrence at or before a moment. */
    public ZonedDateTime before(ZonedDateTime moment) {
        ZonedDateTime candidate = after(moment.minusDays(day.isPresent() ? DAYS_OF_WEEK + 1 : 2));
        for (ZonedDateTime next = after(candidate); !next.isAfter(moment); next = after(candidate)) {
            candidate = next;
        }
        return candidate;
    }
}
