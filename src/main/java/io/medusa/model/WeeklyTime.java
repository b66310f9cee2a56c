package io.medusa.model;

import java.time.DayOfWeek;
import java.time.LocalTime;
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
        ZonedDateTime next = moment.with(time).truncatedTo(ChronoUnit.SECONDS);
        for (int i = 0; !next.isAfter(moment) || (day.isPresent() && next.getDayOfWeek() != day.get()); i++) {
            next = moment.plusDays(i + 1L).with(time).truncatedTo(ChronoUnit.SECONDS);
        }
        return next;
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
