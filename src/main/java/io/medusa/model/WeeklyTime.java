package io.medusa.model;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A time of every day, or of one day of every week.
 *
 * @param day nothing for every day
 */
public record WeeklyTime(Optional<DayOfWeek> day, LocalTime time) {
    private static final int DAYS_OF_WEEK = 7;

    /** The first such moment after that one. */
    public ZonedDateTime after(ZonedDateTime moment) {
        // by the date, since a time that the clock skips on one day moves that day only, and one that it shows twice
        // counts once
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

    /** The last such moment at or before that one. */
    public ZonedDateTime before(ZonedDateTime moment) {
        ZonedDateTime candidate = after(moment.minusDays(day.isPresent() ? DAYS_OF_WEEK + 1 : 2));
        for (ZonedDateTime next = after(candidate); !next.isAfter(moment); next = after(candidate)) {
            candidate = next;
        }
        return candidate;
    }
}
