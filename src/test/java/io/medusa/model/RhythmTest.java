package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RhythmTest {
    private static final Instant MONDAY = Instant.parse("2026-03-02T02:00:00Z");

    private static List<Instant> starts(int... hours) {
        List<Instant> starts = new ArrayList<>();
        for (int hour : hours) {
            starts.add(MONDAY.plus(Duration.ofHours(hour)));
        }
        return starts;
    }

    private static Rhythm rhythm(int... hours) {
        return Rhythm.of(starts(hours)).orElseThrow();
    }

    private static ClusterBackup took(Duration time) {
        NodeName node = new NodeName("n1");
        return new ClusterBackup(
                new BackupName("b"),
                List.of(new NodeBackup(node, new BackupName("b"), BackupMode.DIFFERENTIAL, MONDAY, MONDAY.plus(time))),
                new TokenMap(
                        Map.of(node, new TokenMap.Node(List.of(java.math.BigInteger.ONE), true, true, "r1", "dc1"))));
    }

    @Test
    void oneBackupShowsNoScheduleAndTwoOfOneSecondNeither() {
        assertThat(Rhythm.of(starts())).isEmpty();
        assertThat(Rhythm.of(starts(0))).isEmpty();
        assertThat(Rhythm.of(starts(0, 0))).isEmpty();
    }

    @Test
    void aDailyBackupIsDueADayLaterWithSlackAndTheTimeItTakes() {
        Rhythm daily = rhythm(0, 24, 48, 72);
        assertThat(daily).isEqualTo(new Rhythm(Duration.ofHours(24), Duration.ofHours(24)));
        assertThat(daily.due(took(Duration.ofHours(3)))).isEqualTo(MONDAY.plus(Duration.ofHours(24 + 3 + 6)));
    }

    @Test
    void oneMissedRoundIsNoSchedule() {
        assertThat(rhythm(0, 24, 48, 96, 120, 144).longest()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void weekendsThatRecurAreOne() {
        Rhythm weekdays = rhythm(0, 24, 48, 72, 96, 168, 192, 216, 240, 264, 336, 360);
        assertThat(weekdays).isEqualTo(new Rhythm(Duration.ofHours(24), Duration.ofHours(72)));
    }

    @Test
    void aManualBackupBetweenDoesNotHurryTheNext() {
        assertThat(rhythm(0, 24, 25, 48, 72, 96).longest()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void anHourlyBackupHasAQuarterOfAnHour() {
        assertThat(rhythm(0, 1, 2, 3).due(took(Duration.ofMinutes(5)))).isEqualTo(MONDAY.plus(Duration.ofMinutes(80)));
    }
}
