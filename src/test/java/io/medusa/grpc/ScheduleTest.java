package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.grpc.Schedule.Task;
import io.medusa.model.WeeklyTime;
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

    private Schedule schedule(Optional<Instant> last, Duration delay) {
        return new Schedule(
                clock,
                ZoneOffset.UTC,
                delay,
                List.of(new Task("backup", DAILY, last, () -> done.add("backup " + now))));
    }

    @Test
    void whatIsDueIsDoneOnce() {
        Duration delay = Duration.ofMinutes(7);
        try (Schedule schedule = schedule(Optional.of(Instant.parse("2026-11-25T01:08:00Z")), delay)) {
            schedule.look(delay);
            assertThat(done).isEmpty();
            now = Instant.parse("2026-11-26T01:06:59Z");
            schedule.look(delay);
            assertThat(done).as("each node a bit later").isEmpty();
            now = Instant.parse("2026-11-26T01:07:10Z");
            schedule.look(delay);
            schedule.look(delay);
            assertThat(done).containsExactly("backup 2026-11-26T01:07:10Z");
            // the machine sleeps over two nights
            now = Instant.parse("2026-11-28T14:00:00Z");
            schedule.look(delay);
            schedule.look(delay);
            assertThat(done).hasSize(2);
        }
    }

    @Test
    void aMissedBackupIsMadeUpForAtTheStart() {
        try (Schedule schedule = schedule(Optional.of(Instant.parse("2026-11-24T02:00:00Z")), Duration.ZERO)) {
            schedule.look(Duration.ZERO);
            assertThat(done).hasSize(1);
        }
    }

    @Test
    void aFailureDoesNotEndTheSchedule() {
        try (Schedule schedule = new Schedule(
                clock,
                ZoneOffset.UTC,
                Duration.ZERO,
                List.of(
                        new Task("backup", DAILY, Optional.of(Instant.EPOCH), () -> {
                            throw new IllegalStateException("no");
                        }),
                        new Task("purge", DAILY, Optional.of(Instant.EPOCH), () -> done.add("purge"))))) {
            schedule.look(Duration.ZERO);
            assertThat(done).containsExactly("purge");
        }
    }
}
