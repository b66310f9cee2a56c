package io.medusa.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Rhythm;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class RetentionRulesTest {
    private static final Instant NOW = Instant.parse("2026-03-15T12:30:00Z");
    private static final NodeName NODE = new NodeName("n1");

    private static NodeBackup backup(String name, Duration age, boolean finished) {
        Instant started = NOW.minus(age);
        return new NodeBackup(
                NODE,
                new BackupName(name),
                BackupMode.DIFFERENTIAL,
                started,
                finished ? started.plusSeconds(60) : null);
    }

    /** One a day, the oldest first; b0 is of today. */
    private static List<NodeBackup> daily(int count) {
        List<NodeBackup> backups = new ArrayList<>();
        for (int i = count - 1; i >= 0; i--) {
            backups.add(backup("b" + i, Duration.ofDays(i), true));
        }
        return backups;
    }

    private static RetentionRules rules(int days, int count, int... calendar) {
        int[] c = java.util.Arrays.copyOf(calendar, 5);
        return new RetentionRules(Duration.ofDays(days), count, c[0], c[1], c[2], c[3], c[4], false);
    }

    private static List<String> expired(RetentionRules rules, List<NodeBackup> backups, String... pinned) {
        Set<BackupName> pins = new java.util.HashSet<>();
        for (String name : pinned) {
            pins.add(new BackupName(name));
        }
        return rules.expired(backups, backup -> !backup.name().value().startsWith("partial"), pins, NOW).stream()
                .map(backup -> backup.name().value())
                .toList();
    }

    @Test
    void withoutRulesNothingGoes() {
        assertThat(expired(RetentionRules.NONE, daily(40))).isEmpty();
    }

    @Test
    void byCountTheOldestGo() {
        List<NodeBackup> forty = daily(40);
        assertThat(expired(rules(0, 20), forty)).hasSize(20).first().isEqualTo("b39");
        assertThat(expired(rules(0, 40), forty)).isEmpty();
    }

    @Test
    void byAgeTheOldOnesGoButNeverTheNewestWholeOne() {
        assertThat(expired(rules(3, 0), daily(6))).containsExactly("b5", "b4");
        List<NodeBackup> old = List.of(
                backup("b1", Duration.ofDays(50), true),
                backup("b2", Duration.ofDays(40), true),
                backup("failed", Duration.ofDays(30), false));
        assertThat(expired(rules(3, 0), old)).containsExactly("b1", "failed");
        assertThat(expired(rules(3, 0).withoutTheLast(), old)).containsExactly("b1", "b2", "failed");
    }

    @Test
    void aBackupOfTheFutureNeitherGoesNorCountsAsTheNewest() {
        List<NodeBackup> backups = new ArrayList<>(daily(3));
        backups.add(backup("future", Duration.ofDays(-365), true));
        backups.add(backup("future-failed", Duration.ofDays(-366), false));
        assertThat(expired(rules(0, 1), backups)).containsExactly("b2", "b1");
        assertThat(expired(rules(2, 0), backups)).isEmpty();
        assertThat(expired(rules(0, 0, 0, 1), backups)).containsExactly("b2", "b1");
    }

    @Test
    void D17_unfinishedAndPartialOnesAreNotCountedAsKept() {
        List<NodeBackup> backups = new ArrayList<>(List.of(
                backup("failed0", Duration.ofDays(9), false),
                backup("b8", Duration.ofDays(8), true),
                backup("partial7", Duration.ofDays(7), true),
                backup("b6", Duration.ofDays(6), true),
                backup("failed1", Duration.ofDays(5), false),
                backup("failed2", Duration.ofDays(4), false),
                backup("b3", Duration.ofDays(3), true),
                backup("failed3", Duration.ofDays(2), false)));
        assertThat(expired(rules(0, 2), backups))
                .as("b6 and b3 stay, and what came after b6")
                .containsExactly("failed0", "b8", "partial7");
    }

    @Test
    void pinnedOnesStay() {
        assertThat(expired(rules(0, 2), daily(5), "b4")).containsExactly("b3", "b2");
    }

    @Test
    void byCalendarTheNewestOfEachPeriodStays() {
        // a backup every 6 hours for 100 days, the newest at 12:00 of March 15
        List<NodeBackup> backups = new ArrayList<>();
        for (int i = 400; i >= 0; i--) {
            backups.add(backup("b" + i, Duration.ofHours(6L * i).plusMinutes(30), true));
        }
        List<String> gone = expired(rules(0, 0, 0, 3, 2, 3), backups);
        List<String> kept = backups.stream()
                .map(backup -> backup.name().value())
                .filter(name -> !gone.contains(name))
                .toList();
        // days: March 15 12:00, 14 18:00, 13 18:00; weeks: that of March 15, a Sunday, and March 8 18:00;
        // months: March, February 28 18:00, January 31 18:00
        assertThat(kept).containsExactly("b171", "b59", "b27", "b7", "b3", "b0");
    }

    @Test
    void calendarAndCountTogetherKeepWhatEitherKeeps() {
        List<String> gone = expired(rules(0, 2, 0, 0, 0, 2), daily(60));
        assertThat(60 - gone.size()).isEqualTo(3);
        assertThat(gone).doesNotContain("b0", "b1", "b15");
    }

    @Test
    void eachVerdictHasItsReason() {
        List<NodeBackup> backups = new ArrayList<>(daily(6));
        backups.add(0, backup("failed-old", Duration.ofDays(7), false));
        backups.add(backup("failed-new", Duration.ofHours(1), false));
        backups.add(backup("partial-new", Duration.ofMinutes(1), true));
        backups.add(backup("future", Duration.ofDays(-2), true));
        assertThat(reasons(rules(3, 2, 0, 0, 0, 1), backups, "b4"))
                .containsExactly(
                        "failed-old - unfinished, older than 3 days (max_backup_age)",
                        "b5 - older than 3 days (max_backup_age)",
                        "b4 + pinned: audit",
                        "b3 - not among the newest 2 (max_backup_count)",
                        "b2 - not among the newest 2 (max_backup_count)",
                        "b1 + among the newest 2 (max_backup_count), not older than 3 days (max_backup_age)",
                        "b0 + among the newest 2 (max_backup_count), not older than 3 days (max_backup_age)",
                        "failed-new + unfinished, not older than the oldest backup that is kept",
                        "partial-new + partial, not older than the oldest backup that is kept",
                        "future + it is dated in the future");
        assertThat(reasons(rules(0, 0, 0, 2), daily(3)))
                .containsExactly(
                        "b2 - no keep_* rule keeps it",
                        "b1 + the newest of its day (keep_daily)",
                        "b0 + the newest of its day (keep_daily)");
        assertThat(reasons(rules(1, 0), List.of(backup("only", Duration.ofDays(9), true))))
                .containsExactly("only + the newest whole backup of its node");
        assertThat(reasons(RetentionRules.NONE, daily(1))).containsExactly("b0 + no retention rule is set");
    }

    private static List<String> reasons(RetentionRules rules, List<NodeBackup> backups, String... pinned) {
        Map<BackupName, String> pins = new java.util.HashMap<>();
        for (String name : pinned) {
            pins.put(new BackupName(name), "pinned: audit");
        }
        return rules.verdicts(backups, backup -> !backup.name().value().startsWith("partial"), pins, NOW).stream()
                .map(verdict -> verdict.backup().name() + (verdict.expires() ? " - " : " + ") + verdict.reason())
                .toList();
    }

    @Property(tries = 200)
    void whateverTheRulesTheNewestWholeOneStays(
            @ForAll @IntRange(max = 40) int days,
            @ForAll @IntRange(max = 10) int count,
            @ForAll @IntRange(max = 3) int weekly,
            @ForAll @IntRange(min = 1, max = 30) int backups) {
        List<String> gone = expired(rules(days, count, 0, 0, weekly), daily(backups));
        assertThat(gone).doesNotContain("b0");
        if (count > 0 && days == 0 && weekly == 0) {
            assertThat(gone).hasSize(Math.max(0, backups - count));
        }
    }

    @Test
    void whatTheRulesLeaveOfDailyBackupsShowsADailySchedule() {
        for (RetentionRules rules : List.of(
                rules(0, 0, 0, 7, 4),
                rules(0, 0, 0, 7, 4, 12),
                rules(0, 0, 0, 4, 8, 12),
                rules(0, 0, 24, 7, 4, 12, 3))) {
            for (int day = 0; day < 40; day++) {
                Instant then = NOW.minus(Duration.ofDays(day));
                List<NodeBackup> backups = daily(800).stream()
                        .filter(backup -> !backup.started().isAfter(then))
                        .toList();
                Set<NodeBackup> expired = Set.copyOf(rules.expired(backups, backup -> true, Set.of(), then));
                List<List<NodeBackup>> left = backups.stream()
                        .filter(backup -> !expired.contains(backup))
                        .map(List::of)
                        .toList();
                Rhythm rhythm = Rhythm.of(left).orElseThrow();
                assertThat(rhythm.usual()).as("%s, day %s", rules, day).isEqualTo(Duration.ofDays(1));
                assertThat(rhythm.longest()).as("%s, day %s", rules, day).isEqualTo(Duration.ofDays(1));
            }
        }
    }
}
