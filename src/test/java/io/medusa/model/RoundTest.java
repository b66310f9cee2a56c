package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RoundTest {
    private static final WeeklyTimes NIGHTLY = daily("01:00");

    private static WeeklyTimes daily(String... times) {
        return new WeeklyTimes(List.of(times).stream()
                .map(time -> new WeeklyTime(Optional.empty(), LocalTime.parse(time)))
                .toList());
    }

    private static String nameAt(WeeklyTimes schedule, String time) {
        return Round.at(Instant.parse(time), schedule).name().value();
    }

    @Test
    void everyAttemptUntilTheNextRoundHasTheNameOfItsDueTime() {
        for (String time : List.of(
                "2026-11-28T01:00:00Z", "2026-11-28T01:14:59Z", "2026-11-28T23:59:59Z", "2026-11-29T00:54:59Z")) {
            assertThat(nameAt(NIGHTLY, time)).as(time).isEqualTo("20261128T0100Z");
        }
        assertThat(Round.at(Instant.parse("2026-11-28T05:00:00Z"), NIGHTLY).next())
                .isEqualTo("2026-11-29T01:00:00Z");
    }

    @Test
    void nodesWhoseClocksDifferByTwoMinutesJoinTheSameRound() {
        for (String clock : List.of("2026-11-28T00:58:00Z", "2026-11-28T01:00:00Z", "2026-11-28T01:02:00Z")) {
            assertThat(nameAt(NIGHTLY, clock)).as(clock).isEqualTo("20261128T0100Z");
        }
    }

    @Test
    void severalRoundsADayAndOnSomeDaysOnly() {
        WeeklyTimes twice = daily("01:00", "13:00");
        assertThat(nameAt(twice, "2026-11-28T12:30:00Z")).isEqualTo("20261128T0100Z");
        assertThat(nameAt(twice, "2026-11-28T13:30:00Z")).isEqualTo("20261128T1300Z");
        assertThat(nameAt(twice, "2026-11-29T00:30:00Z")).isEqualTo("20261128T1300Z");
        WeeklyTimes sundays =
                new WeeklyTimes(List.of(new WeeklyTime(Optional.of(DayOfWeek.SUNDAY), LocalTime.of(1, 0))));
        assertThat(nameAt(sundays, "2026-11-28T12:30:00Z")).isEqualTo("20261122T0100Z");
    }
}
