package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RhythmTest {
    private static final Instant MONDAY = Instant.parse("2026-03-02T02:00:00Z");
    private static final NodeName NODE = new NodeName("n1");
    private static final WeeklyTimes SUNDAYS =
            new WeeklyTimes(List.of(new WeeklyTime(Optional.of(DayOfWeek.SUNDAY), LocalTime.of(1, 0))));

    private static List<NodeBackup> backup(String name, Instant started, Duration took) {
        return List.of(
                new NodeBackup(NODE, new BackupName(name), BackupMode.DIFFERENTIAL, started, started.plus(took)));
    }

    private static Optional<Rhythm> of(int... hours) {
        List<List<NodeBackup>> backups = new ArrayList<>();
        for (int hour : hours) {
            backups.add(backup("b" + hour, MONDAY.plus(Duration.ofHours(hour)), Duration.ofHours(3)));
        }
        return Rhythm.of(backups);
    }

    private static Rhythm rhythm(int... hours) {
        return of(hours).orElseThrow();
    }

    /** Of the one round, one name and start each. */
    private static List<List<NodeBackup>> rounds(String... namesAndStarts) {
        List<List<NodeBackup>> backups = new ArrayList<>();
        for (int i = 0; i < namesAndStarts.length; i += 2) {
            backups.add(backup(namesAndStarts[i], Instant.parse(namesAndStarts[i + 1]), Duration.ofHours(1)));
        }
        return backups;
    }

    private static ClusterBackup complete(List<NodeBackup> nodes) {
        return new ClusterBackup(
                nodes.get(0).name(),
                nodes,
                new TokenMap(Map.of(NODE, new TokenMap.Node(List.of(BigInteger.ONE), true, true, "r1", "dc1"))));
    }

    private static ClusterBackup monday(Duration took) {
        return complete(backup("b0", MONDAY, took));
    }

    private static Instant due(ClusterBackup complete, Optional<Rhythm> shown) {
        return Rhythm.due(complete, Optional.empty(), shown);
    }

    @Test
    void oneBackupShowsNoScheduleAndTwoOfOneSecondNeither() {
        assertThat(of()).isEmpty();
        assertThat(of(0)).isEmpty();
        assertThat(of(0, 0)).isEmpty();
    }

    @Test
    void aDailyBackupIsDueADayLaterWithSlackAndTheTimeItTakes() {
        Rhythm daily = rhythm(0, 24, 48, 72);
        assertThat(daily).isEqualTo(new Rhythm(Duration.ofHours(24), Duration.ofHours(24), Duration.ofHours(3), 3));
        assertThat(due(monday(Duration.ofHours(3)), Optional.of(daily)))
                .isEqualTo(MONDAY.plus(Duration.ofHours(24 + 3 + 6)));
    }

    @Test
    void aNodeThatJoinedLateDoesNotDelayTheNextBackup() {
        assertThat(due(monday(Duration.ofHours(20)), Optional.of(rhythm(0, 24, 48, 72))))
                .isEqualTo(MONDAY.plus(Duration.ofHours(24 + 3 + 6)));
    }

    @Test
    void oneMissedRoundIsNoSchedule() {
        assertThat(rhythm(0, 24, 48, 96, 120, 144).longest()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void weekendsThatRecurAreOne() {
        Rhythm weekdays = rhythm(0, 24, 48, 72, 96, 168, 192, 216, 240, 264, 336, 360);
        assertThat(weekdays.usual()).isEqualTo(Duration.ofHours(24));
        assertThat(weekdays.longest()).isEqualTo(Duration.ofHours(72));
    }

    @Test
    void aManualBackupBetweenDoesNotHurryTheNext() {
        assertThat(rhythm(0, 24, 25, 48, 72, 96).longest()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void anHourlyBackupHasAQuarterOfAnHour() {
        List<List<NodeBackup>> hourly = new ArrayList<>();
        for (int hour = 0; hour < 4; hour++) {
            hourly.add(backup("b" + hour, MONDAY.plus(Duration.ofHours(hour)), Duration.ofMinutes(5)));
        }
        assertThat(due(monday(Duration.ofMinutes(5)), Rhythm.of(hourly)))
                .isEqualTo(MONDAY.plus(Duration.ofMinutes(80)));
    }

    @Test
    void whatRetentionLeftOfOlderBackupsIsNoSchedule() {
        // three weekly ones, and seven daily ones
        Rhythm thinned = rhythm(0, 168, 336, 504, 528, 552, 576, 600, 624, 648);
        assertThat(thinned.usual()).isEqualTo(Duration.ofHours(24));
        assertThat(thinned.longest()).isEqualTo(Duration.ofHours(24));
        // more weekly ones than daily ones
        Rhythm fewDaily = rhythm(0, 168, 336, 504, 672, 840, 1008, 1176, 1200, 1224, 1248);
        assertThat(fewDaily.usual()).isEqualTo(Duration.ofHours(24));
        assertThat(fewDaily.longest()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void afterOneBackupTheNextIsDueNevertheless() {
        List<NodeBackup> only = rounds("20260302T0100Z", "2026-03-02T01:07:00Z").get(0);
        assertThat(due(complete(only), Rhythm.of(List.of(only))))
                .as("nightly, with the time it took and slack")
                .isEqualTo("2026-03-03T08:07:00Z");
        assertThat(due(monday(Duration.ofHours(3)), of(0)))
                .as("nothing is known")
                .isEqualTo(MONDAY.plus(Duration.ofHours(50)));
    }

    @Test
    void aFirstRoundThatIsJoinedLateDoesNotHurryTheThird() {
        List<List<NodeBackup>> first =
                rounds("20260302T0100Z", "2026-03-02T15:07:00Z", "20260303T0100Z", "2026-03-03T01:07:00Z");
        assertThat(due(complete(first.get(0)), Rhythm.of(first.subList(0, 1)))).isEqualTo("2026-03-03T13:00:00Z");
        assertThat(due(complete(first.get(1)), Rhythm.of(first))).isEqualTo("2026-03-04T08:07:00Z");
        List<List<NodeBackup>> third = rounds(
                "20260302T0100Z",
                "2026-03-02T15:07:00Z",
                "20260303T0100Z",
                "2026-03-03T01:07:00Z",
                "20260304T0100Z",
                "2026-03-04T01:07:00Z",
                "20260305T0100Z",
                "2026-03-05T01:07:00Z");
        assertThat(Rhythm.of(third).orElseThrow().longest()).isEqualTo(Duration.ofHours(24));
        assertThat(due(complete(third.get(3)), Rhythm.of(third))).isEqualTo("2026-03-06T08:07:00Z");
    }

    @Test
    void aConfiguredScheduleCountsMoreThanWhatBackupsShow() {
        assertThat(Rhythm.due(monday(Duration.ofHours(3)), Optional.of(SUNDAYS), Optional.of(rhythm(0, 24, 48, 72))))
                .as("the schedule was changed to weekly")
                .isEqualTo(Instant.parse("2026-03-08T01:00:00Z").plus(Duration.ofHours(3 + 42)));
    }

    @Test
    void manualBackupsBetweenScheduledOnesAreNoPartOfTheSchedule() {
        assertThat(Rhythm.of(rounds(
                                "20260302T0100Z", "2026-03-02T01:07:00Z",
                                "20260303T0100Z", "2026-03-03T01:07:00Z",
                                "20260304T0100Z", "2026-03-04T01:07:00Z",
                                "20260305T0100Z", "2026-03-05T01:07:00Z",
                                "before", "2026-03-05T09:00:00Z",
                                "again", "2026-03-05T09:30:00Z",
                                "after", "2026-03-05T10:00:00Z"))
                        .orElseThrow()
                        .usual())
                .isEqualTo(Duration.ofHours(24));
    }
}
