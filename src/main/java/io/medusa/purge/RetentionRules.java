package io.medusa.purge;

import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
        if (!isActive()) {
            return List.of();
        }
        List<NodeBackup> byStart =
                all.stream().filter(backup -> !isOfTheFuture(backup, now)).toList();
        List<NodeBackup> whole =
                byStart.stream().filter(NodeBackup::isFinished).filter(isWhole).toList();
        Set<NodeBackup> byRule = kept(whole, now);
        Optional<NodeBackup> oldestKept =
                byStart.stream().filter(byRule::contains).findFirst();
        List<NodeBackup> expired = new ArrayList<>();
        for (NodeBackup backup : byStart) {
            boolean goes = whole.contains(backup)
                    ? !byRule.contains(backup)
                    : isTooOld(backup, now)
                            || oldestKept
                                    .filter(kept1 -> backup.started().isBefore(kept1.started()))
                                    .isPresent();
            if (goes && !kept.contains(backup.name())) {
                expired.add(backup);
            }
        }
        return expired;
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

    private Set<NodeBackup> kept(List<NodeBackup> whole, Instant now) {
        Set<NodeBackup> kept = new HashSet<>();
        boolean limited = !maxAge.isZero() || maxCount > 0;
        for (int i = 0; i < whole.size(); i++) {
            boolean tooMany = maxCount > 0 && i < whole.size() - maxCount;
            if (limited && !tooMany && !isTooOld(whole.get(i), now)) {
                kept.add(whole.get(i));
            }
        }
        keepByCalendar(whole, kept);
        if (!whole.isEmpty() && !evenTheLast) {
            kept.add(whole.get(whole.size() - 1));
        }
        return kept;
    }

    private void keepByCalendar(List<NodeBackup> whole, Set<NodeBackup> kept) {
        keep(whole, kept, hourly, time -> time.truncatedTo(ChronoUnit.HOURS));
        keep(whole, kept, daily, time -> time.truncatedTo(ChronoUnit.DAYS));
        keep(
                whole,
                kept,
                weekly,
                time -> time.get(IsoFields.WEEK_BASED_YEAR) * 100L + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
        keep(whole, kept, monthly, time -> time.getYear() * 100L + time.getMonthValue());
        keep(whole, kept, yearly, ZonedDateTime::getYear);
    }

    private static void keep(
            List<NodeBackup> whole, Set<NodeBackup> kept, int periods, Function<ZonedDateTime, Object> periodOf) {
        Set<Object> seen = new HashSet<>();
        for (int i = whole.size() - 1; i >= 0 && seen.size() < periods; i--) {
            if (seen.add(periodOf.apply(whole.get(i).started().atZone(ZoneOffset.UTC)))) {
                kept.add(whole.get(i));
            }
        }
    }
}
