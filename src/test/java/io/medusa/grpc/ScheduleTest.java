package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.grpc.Schedule.Task;
import io.medusa.model.WeeklyTime;
import io.medusa.model.WeeklyTimes;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final WeeklyTime DAILY = new WeeklyTime(Optional.empty(), LocalTime.of(1, 0));
    private static final WeeklyTime SUNDAYS = new WeeklyTime(Optional.of(DayOfWeek.SUNDAY), LocalTime.of(8, 30));

    private final List<String> done = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-26T00:30:00Z");
    private final InstantSource source = () -> now;
    private final Clock clock = source.withZone(ZoneOffset.UTC);

    private static ZonedDateTime berlin(String local) {
        return ZonedDateTime.parse(local + "[Europe/Berlin]");
    }

    @Test
    void theNextAndTheLastTime() {
        assertThat(DAILY.after(berlin("2026-11-26T00:30:00+01:00"))).isEqualTo(berlin("2026-11-26T01:00:00+01:00"));
        assertThat(DAILY.after(berlin("2026-11-26T01:00:00+01:00"))).isEqualTo(berlin("2026-11-27T01:00:00+01:00"));
        assertThat(DAILY.before(berlin("2026-11-26T01:00:00+01:00"))).isEqualTo(berlin("2026-11-26T01:00:00+01:00"));
        assertThat(DAILY.before(berlin("2026-11-26T00:59:59+01:00"))).isEqualTo(berlin("2026-11-25T01:00:00+01:00"));
        assertThat(SUNDAYS.after(berlin("2026-11-26T00:30:00+01:00"))).isEqualTo(berlin("2026-11-29T08:30:00+01:00"));
        assertThat(SUNDAYS.before(berlin("2026-11-26T00:30:00+01:00"))).isEqualTo(berlin("2026-11-22T08:30:00+01:00"));
        // an hour that the day does not have comes an hour later
        assertThat(new WeeklyTime(Optional.empty(), LocalTime.of(2, 30)).after(berlin("2026-03-29T00:00:00+01:00")))
                .isEqualTo(berlin("2026-03-29T03:30:00+02:00"));
    }

    private final Instant due = Instant.parse("2026-11-26T01:00:00Z");
    private boolean failing;

    private Schedule schedule(boolean everyRound, Duration delay) {
        return new Schedule(
                clock, delay, List.of(new Task("backup", new WeeklyTimes(List.of(DAILY)), everyRound, round -> {
                    done.add(now + " for " + round);
                    if (failing) {
                        throw new IllegalStateException("no");
                    }
                })));
    }

    private void lookAt(Schedule schedule, String... times) {
        for (String time : times) {
            now = Instant.parse(time);
            schedule.look();
        }
    }

    @Test
    void whatIsDueIsDoneOnce() {
        try (Schedule schedule = schedule(false, Duration.ofMinutes(7))) {
            lookAt(schedule, "2026-11-26T00:30:00Z", "2026-11-26T01:06:59Z");
            assertThat(done).as("each node a bit later").isEmpty();
            lookAt(schedule, "2026-11-26T01:07:10Z", "2026-11-26T01:07:30Z");
            assertThat(done).containsExactly("2026-11-26T01:07:10Z for " + due);
            // the machine sleeps over two nights
            lookAt(schedule, "2026-11-28T14:00:00Z", "2026-11-28T14:00:20Z", "2026-11-29T00:59:59Z");
            assertThat(done).hasSize(2);
        }
    }

    @Test
    void aMissedRoundIsMadeUpForUnderItsDueTime() {
        now = Instant.parse("2026-11-26T14:00:00Z");
        try (Schedule schedule = schedule(true, Duration.ofMinutes(7))) {
            lookAt(schedule, "2026-11-26T14:00:20Z", "2026-11-26T14:06:59Z");
            assertThat(done).as("all nodes may have come back at once").isEmpty();
            lookAt(schedule, "2026-11-26T14:07:00Z", "2026-11-26T14:07:20Z");
            assertThat(done).containsExactly("2026-11-26T14:07:00Z for " + due);
            lookAt(schedule, "2026-11-27T01:07:00Z");
            assertThat(done).last().isEqualTo("2026-11-27T01:07:00Z for 2026-11-27T01:00:00Z");
        }
    }

    @Test
    void aRoundThatTakesLongerThanADayIsFollowedByTheNext() {
        now = Instant.parse("2026-11-26T01:00:00Z");
        try (Schedule schedule = new Schedule(
                clock, Duration.ZERO, List.of(new Task("backup", new WeeklyTimes(List.of(DAILY)), true, round -> {
                    done.add(round.toString());
                    now = now.plus(Duration.ofHours(26));
                })))) {
            schedule.look();
            schedule.look();
            assertThat(done).containsExactly("2026-11-26T01:00:00Z", "2026-11-27T01:00:00Z");
        }
    }

    @Test
    void aFailedRoundIsRetriedUntilTheNextIsDue() {
        failing = true;
        now = due;
        try (Schedule schedule = schedule(true, Duration.ZERO)) {
            lookAt(schedule, "2026-11-26T01:00:00Z", "2026-11-26T01:14:59Z", "2026-11-26T01:15:00Z");
            lookAt(schedule, "2026-11-26T01:44:59Z", "2026-11-26T01:45:00Z");
            assertThat(done)
                    .containsExactly(
                            "2026-11-26T01:00:00Z for " + due,
                            "2026-11-26T01:15:00Z for " + due,
                            "2026-11-26T01:45:00Z for " + due);
            failing = false;
            lookAt(schedule, "2026-11-26T02:45:00Z", "2026-11-26T23:00:00Z");
            assertThat(done).hasSize(4).last().isEqualTo("2026-11-26T02:45:00Z for " + due);
        }
    }

    @Test
    void aFailedRoundIsRetriedAtLeastEveryHour() {
        failing = true;
        now = due;
        try (Schedule schedule = schedule(true, Duration.ZERO)) {
            lookAt(schedule, "2026-11-26T01:00:00Z", "2026-11-26T01:15:00Z", "2026-11-26T01:45:00Z");
            for (int hour = 2; hour < 24; hour++) {
                lookAt(schedule, String.format(java.util.Locale.ROOT, "2026-11-26T%02d:45:00Z", hour));
            }
            assertThat(done).hasSize(25);
        }
    }

    @Test
    void aClockThatWasAheadDelaysNothing() {
        now = Instant.parse("2027-11-26T14:00:00Z");
        try (Schedule schedule = schedule(true, Duration.ofMinutes(7))) {
            lookAt(schedule, "2027-11-26T14:07:00Z");
            done.clear();
            lookAt(schedule, "2026-11-26T14:00:00Z", "2026-11-26T14:07:00Z", "2026-11-27T01:07:00Z");
            assertThat(done)
                    .containsExactly(
                            "2026-11-26T14:07:00Z for " + due, "2026-11-27T01:07:00Z for 2026-11-27T01:00:00Z");
        }
    }

    @Test
    void aLongDelayLeavesNoRoundOut() {
        now = Instant.parse("2026-11-26T00:30:00Z");
        WeeklyTime afternoon = new WeeklyTime(Optional.empty(), LocalTime.of(13, 0));
        try (Schedule schedule = new Schedule(
                clock,
                Duration.ofHours(12).plusMinutes(30),
                List.of(new Task(
                        "backup",
                        new WeeklyTimes(List.of(DAILY, afternoon)),
                        true,
                        round -> done.add(round.toString()))))) {
            for (int i = 0; i < 72; i++) {
                now = now.plus(Duration.ofMinutes(30));
                schedule.look();
            }
            assertThat(done).containsExactly("2026-11-25T13:00:00Z", "2026-11-26T01:00:00Z", "2026-11-26T13:00:00Z");
        }
    }

    @Test
    void aFailureDoesNotEndTheSchedule() {
        failing = true;
        now = Instant.parse("2026-11-26T00:59:00Z");
        try (Schedule schedule = schedule(false, Duration.ZERO)) {
            lookAt(schedule, "2026-11-26T01:00:00Z", "2026-11-26T12:00:00Z", "2026-11-27T01:00:00Z");
            assertThat(done).hasSize(2);
        }
    }
}
