package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class WeeklyTimeTest {
    private static final WeeklyTime NIGHTLY = new WeeklyTime(Optional.empty(), LocalTime.of(2, 30));

    private static void assertNext(WeeklyTime time, String moment, String next) {
        assertThat(time.after(ZonedDateTime.parse(moment))).as(moment).isEqualTo(ZonedDateTime.parse(next));
    }

    @Test
    void theNextMomentIsFoundAcrossMidnightAndTheEndsOfMonthsAndYears() {
        assertNext(NIGHTLY, "2026-06-30T23:59:59Z[UTC]", "2026-07-01T02:30Z[UTC]");
        assertNext(NIGHTLY, "2026-12-31T23:59:59.9Z[UTC]", "2027-01-01T02:30Z[UTC]");
        assertNext(NIGHTLY, "2028-02-29T02:30Z[UTC]", "2028-03-01T02:30Z[UTC]");
        assertNext(
                new WeeklyTime(Optional.of(DayOfWeek.SUNDAY), LocalTime.of(23, 59)),
                "2026-11-29T23:59:00Z[UTC]",
                "2026-12-06T23:59Z[UTC]");
    }

    @Test
    void aTimeThatTheClockSkipsIsLaterOnThatDayOnly() {
        assertNext(NIGHTLY, "2026-03-28T12:00+01:00[Europe/Berlin]", "2026-03-29T03:30+02:00[Europe/Berlin]");
        assertNext(NIGHTLY, "2026-03-29T03:30+02:00[Europe/Berlin]", "2026-03-30T02:30+02:00[Europe/Berlin]");
        // midnight itself is skipped there
        assertNext(
                new WeeklyTime(Optional.empty(), LocalTime.of(0, 10)),
                "2026-03-28T23:50+02:00[Asia/Beirut]",
                "2026-03-29T01:10+03:00[Asia/Beirut]");
    }

    @Test
    void aTimeThatTheClockShowsTwiceCountsOnce() {
        assertNext(NIGHTLY, "2026-10-25T02:15+02:00[Europe/Berlin]", "2026-10-25T02:30+02:00[Europe/Berlin]");
        // the work of the first time took three quarters of an hour
        assertNext(NIGHTLY, "2026-10-25T02:15+01:00[Europe/Berlin]", "2026-10-26T02:30+01:00[Europe/Berlin]");
    }

    @Test
    void theLastMomentIsFoundAcrossAChangeOfTime() {
        assertThat(NIGHTLY.before(ZonedDateTime.parse("2026-10-25T02:15+01:00[Europe/Berlin]")))
                .isEqualTo(ZonedDateTime.parse("2026-10-25T02:30+02:00[Europe/Berlin]"));
        assertThat(NIGHTLY.before(ZonedDateTime.parse("2026-03-29T03:15+02:00[Europe/Berlin]")))
                .isEqualTo(ZonedDateTime.parse("2026-03-28T02:30+01:00[Europe/Berlin]"));
    }
}
