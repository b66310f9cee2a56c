package io.medusa.model;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One or more times of day or of the week, in UTC: the same moments on every node, whatever its time zone, and none that daylight
 * saving skips or repeats.
 *
 * @param times at least one
 */
public record WeeklyTimes(List<WeeklyTime> times) {
    private static final Duration WEEK = Duration.ofDays(7);

    public WeeklyTimes {
        times = List.copyOf(times);
    }

    /** The first occurrence after a moment. */
    public Instant after(Instant moment) {
        ZonedDateTime utc = moment.atZone(ZoneOffset.UTC);
        return each(time -> time.after(utc)).min(Instant::compareTo).orElseThrow();
    }

    /** The last occurrence at or before a moment. */
    public Instant before(Instant moment) {
        ZonedDateTime utc = moment.atZone(ZoneOffset.UTC);
        return each(time -> time.before(utc)).max(Instant::compareTo).orElseThrow();
    }

    /** The shortest time between two occurrences. */
    public Duration shortestInterval() {
        Instant from = Instant.EPOCH;
        Duration shortest = WEEK;
        for (Instant moment = after(from); moment.isBefore(from.plus(WEEK)); moment = after(moment)) {
            Duration gap = Duration.between(moment, after(moment));
            shortest = gap.compareTo(shortest) < 0 ? gap : shortest;
        }
        return shortest;
    }

    private Stream<Instant> each(Function<WeeklyTime, ZonedDateTime> occurrence) {
        return times.stream().map(occurrence).map(ZonedDateTime::toInstant);
    }
}
