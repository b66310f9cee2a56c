package io.medusa.purge;

import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.NodeBackup;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Decides which backups of a node have expired. A whole, finished backup expires if it is too old or there are too many, or, if only
 * {@code keep_*} is set, if none of these rules keeps it. It does not expire if a {@code keep_*} rule keeps it, if it is pinned, or if it
 * is the newest one. Unfinished and partial backups do not count as kept; they expire if they are older than the oldest kept backup, or
 * too old.
 *
 * @param maxAge backups that started longer ago expire; zero for no limit
 * @param maxCount the number to keep; 0 for no limit
 * @param hourly for how many hours with backups to keep the newest one; 0 for none. The others accordingly, by days and ISO weeks in UTC
 * @param evenTheLast whether even the newest whole backup may expire
 */
public record RetentionRules(
        Duration maxAge,
        int maxCount,
        int hourly,
        int daily,
        int weekly,
        int monthly,
        int yearly,
        boolean evenTheLast) {

    /** The tolerated difference between clocks of hosts and stores. */
    static final Duration CLOCK_TOLERANCE = Duration.ofHours(2);

    /** No rules: nothing expires. */
    public static final RetentionRules NONE = new RetentionRules(Duration.ZERO, 0, 0, 0, 0, 0, 0, false);

    /** Everything except the newest whole backup expires. */
    static RetentionRules nothing(boolean evenTheLast) {
        return new RetentionRules(Duration.ofNanos(1), 0, 0, 0, 0, 0, 0, evenTheLast);
    }

    /** The same, but the newest whole backup may expire too. */
    public RetentionRules withoutTheLast() {
        return new RetentionRules(maxAge, maxCount, hourly, daily, weekly, monthly, yearly, true);
    }

    /**
     * The expired backups of one node, oldest first. One with a date in the future neither expires nor counts: its date is wrong,
     * and it would be the newest until then.
     *
     * @param all the node's backups, by start time
     * @param isWhole whether a finished backup is not partial
     * @param kept backups that never expire, such as pinned ones
     */
    List<NodeBackup> expired(List<NodeBackup> all, Predicate<NodeBackup> isWhole, Set<BackupName> kept, Instant now) {
        Map<BackupName, String> reasons = new HashMap<>();
        kept.forEach(name -> reasons.put(name, ""));
        return verdicts(all, isWhole, reasons, now).stream()
                .filter(Verdict::expires)
                .map(Verdict::backup)
                .toList();
    }

    /**
     * What becomes of each backup of one node, and why; oldest first.
     *
     * @param kept why backups never expire, such as pinned ones; otherwise as for {@link #expired}
     */
    public List<Verdict> verdicts(
            List<NodeBackup> all, Predicate<NodeBackup> isWhole, Map<BackupName, String> kept, Instant now) {
        if (!isActive()) {
            return all.stream()
                    .map(backup -> new Verdict(backup, false, "no retention rule is set"))
                    .toList();
        }
        List<NodeBackup> byStart =
                all.stream().filter(backup -> !isOfTheFuture(backup, now)).toList();
        List<NodeBackup> whole =
                byStart.stream().filter(NodeBackup::isFinished).filter(isWhole).toList();
        Map<NodeBackup, String> byRule = kept(whole, now);
        Optional<NodeBackup> oldestKept =
                byStart.stream().filter(byRule::containsKey).findFirst();
        Set<NodeBackup> wholeOnes = new HashSet<>(whole);
        List<Verdict> verdicts = new ArrayList<>();
        for (NodeBackup backup : all) {
            if (isOfTheFuture(backup, now)) {
                verdicts.add(new Verdict(backup, false, "it is dated in the future"));
                continue;
            }
            Verdict byRules =
                    wholeOnes.contains(backup) ? ofWhole(backup, byRule, now) : ofOther(backup, oldestKept, now);
            String reason = kept.get(backup.name());
            verdicts.add(byRules.expires() && reason != null ? new Verdict(backup, false, reason) : byRules);
        }
        return verdicts;
    }

    private Verdict ofWhole(NodeBackup backup, Map<NodeBackup, String> byRule, Instant now) {
        String keeps = byRule.get(backup);
        if (keeps != null) {
            return new Verdict(backup, false, keeps);
        }
        return new Verdict(
                backup,
                true,
                isTooOld(backup, now)
                        ? "older than " + days()
                        : maxCount > 0
                                ? "not among the newest " + maxCount + " (max_backup_count)"
                                : "no keep_* rule keeps it");
    }

    private Verdict ofOther(NodeBackup backup, Optional<NodeBackup> oldestKept, Instant now) {
        String what = backup.isFinished() ? "partial" : "unfinished";
        if (isTooOld(backup, now)) {
            return new Verdict(backup, true, what + ", older than " + days());
        }
        return oldestKept
                        .filter(oldest -> backup.started().isBefore(oldest.started()))
                        .isPresent()
                ? new Verdict(backup, true, what + ", older than the oldest backup that is kept")
                : new Verdict(backup, false, what + ", not older than the oldest backup that is kept");
    }

    private String days() {
        return Count.of(maxAge.toDays(), "day") + " (max_backup_age)";
    }

    /** Whether its date is further in the future than clocks may differ. */
    static boolean isOfTheFuture(NodeBackup backup, Instant now) {
        return backup.started().isAfter(now.plus(CLOCK_TOLERANCE));
    }

    /** Whether any rule is set. */
    public boolean isActive() {
        return !maxAge.isZero() || maxCount > 0 || keepsByCalendar();
    }

    private boolean keepsByCalendar() {
        return hourly > 0 || daily > 0 || weekly > 0 || monthly > 0 || yearly > 0;
    }

    private boolean isTooOld(NodeBackup backup, Instant now) {
        return !maxAge.isZero() && backup.started().isBefore(now.minus(maxAge));
    }

    /** Why each backup is kept that is. */
    private Map<NodeBackup, String> kept(List<NodeBackup> whole, Instant now) {
        Map<NodeBackup, String> kept = new HashMap<>();
        boolean limited = !maxAge.isZero() || maxCount > 0;
        String within = (maxCount > 0 ? "among the newest " + maxCount + " (max_backup_count)" : "")
                + (maxCount > 0 && !maxAge.isZero() ? ", " : "")
                + (maxAge.isZero() ? "" : "not older than " + days());
        for (int i = 0; i < whole.size(); i++) {
            boolean tooMany = maxCount > 0 && i < whole.size() - maxCount;
            if (limited && !tooMany && !isTooOld(whole.get(i), now)) {
                kept.put(whole.get(i), within);
            }
        }
        keepByCalendar(whole, kept);
        if (!whole.isEmpty() && !evenTheLast) {
            kept.putIfAbsent(whole.get(whole.size() - 1), "the newest whole backup of its node");
        }
        return kept;
    }

    private void keepByCalendar(List<NodeBackup> whole, Map<NodeBackup, String> kept) {
        keep(whole, kept, hourly, "hour (keep_hourly)", time -> time.truncatedTo(ChronoUnit.HOURS));
        keep(whole, kept, daily, "day (keep_daily)", time -> time.truncatedTo(ChronoUnit.DAYS));
        keep(
                whole,
                kept,
                weekly,
                "week (keep_weekly)",
                time -> time.get(IsoFields.WEEK_BASED_YEAR) * 100L + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
        keep(whole, kept, monthly, "month (keep_monthly)", time -> time.getYear() * 100L + time.getMonthValue());
        keep(whole, kept, yearly, "year (keep_yearly)", ZonedDateTime::getYear);
    }

    private static void keep(
            List<NodeBackup> whole,
            Map<NodeBackup, String> kept,
            int periods,
            String period,
            Function<ZonedDateTime, Object> periodOf) {
        Set<Object> seen = new HashSet<>();
        for (int i = whole.size() - 1; i >= 0 && seen.size() < periods; i--) {
            if (seen.add(periodOf.apply(whole.get(i).started().atZone(ZoneOffset.UTC)))) {
                kept.putIfAbsent(whole.get(i), "the newest of its " + period);
            }
        }
    }
}
