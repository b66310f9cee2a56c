package io.medusa.model;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The schedule of a cluster, as its backups show it, whether they finished or not. Retention makes older intervals longer, never shorter;
 * therefore the newest ones count most.
 *
 * @param usual the interval that is usual now
 * @param longest the longest interval that is part of the schedule, such as a weekend without backups: it occurred more than once
 * @param took how long backups usually take, from when they were due
 * @param intervals the number of intervals that show it
 */
public record Rhythm(Duration usual, Duration longest, Duration took, int intervals) {
    private static final int RECENT = 10;
    private static final int REMEMBERED = 20;
    /** So many of the newest intervals show a schedule whose older backups retention has thinned out. */
    private static final int NEWEST = 5;
    /** The same where nobody can have taken a backup in between. */
    private static final int NEWEST_SCHEDULED = 3;
    /** Fewer intervals are no schedule yet. */
    private static final int CERTAIN = 3;

    private static final Duration LEAST_SLACK = Duration.ofMinutes(15);
    /** For a daily backup, if no schedule is known. */
    private static final Duration WITHOUT_SCHEDULE = Duration.ofHours(50);

    /** One backup; when it was due, or if that is unknown, when it started. */
    private record Taken(Instant due, boolean scheduled, Duration took) {
        static Taken of(List<NodeBackup> nodes) {
            NodeBackup first = nodes.get(0);
            Instant started = nodes.stream()
                    .map(NodeBackup::started)
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            Optional<Instant> round = Round.due(first.name());
            Instant due = round.orElse(started);
            Duration took = nodes.stream()
                    .flatMap(node -> node.finished().stream())
                    .max(Comparator.naturalOrder())
                    .map(finished -> Duration.between(due, finished))
                    .filter(time -> !time.isNegative())
                    .orElse(Duration.ZERO);
            return new Taken(due, round.isPresent(), took);
        }
    }

    /**
     * The schedule that backups show; empty if they show none.
     *
     * @param backups for each name, the backups of its nodes
     */
    public static Optional<Rhythm> of(Collection<List<NodeBackup>> backups) {
        List<Taken> taken = newest(
                backups.stream()
                        .map(Taken::of)
                        .sorted(Comparator.comparing(Taken::due))
                        .toList(),
                REMEMBERED + 1);
        List<Taken> recent = newest(taken, RECENT);
        boolean scheduled = 2 * recent.stream().filter(Taken::scheduled).count() > recent.size();
        if (scheduled) {
            taken = taken.stream().filter(Taken::scheduled).toList();
        }
        List<Duration> gaps = new ArrayList<>();
        for (int i = 1; i < taken.size(); i++) {
            gaps.add(Duration.between(taken.get(i - 1).due(), taken.get(i).due()));
        }
        if (gaps.isEmpty()) {
            return Optional.empty();
        }
        Duration usual = median(newest(gaps, RECENT));
        Duration now = median(newest(gaps, scheduled ? NEWEST_SCHEDULED : NEWEST));
        if (now.compareTo(usual) < 0) {
            usual = now;
        }
        Duration took = median(newest(taken, RECENT).stream().map(Taken::took).toList());
        return usual.toSeconds() == 0
                ? Optional.empty()
                : Optional.of(new Rhythm(usual, longest(gaps, usual), took, gaps.size()));
    }

    private static <T> List<T> newest(List<T> byTime, int most) {
        return byTime.subList(Math.max(0, byTime.size() - most), byTime.size());
    }

    private static Duration median(List<Duration> durations) {
        return durations.stream().sorted().toList().get(durations.size() / 2);
    }

    /**
     * An interval counts if another one is at least nearly as long: a single one is a backup that did not run. It must also be newer than
     * intervals of the usual length: before those, retention may have deleted what was in between.
     */
    private static Duration longest(List<Duration> gaps, Duration usual) {
        Duration longest = usual;
        int usualOnes = 0;
        for (Duration gap : gaps) {
            boolean isUsual = !isShorter(usual, gap);
            long alike = gaps.stream().filter(other -> !isShorter(other, gap)).count();
            // the last days of a month and of a week may be neighbors: one after the other is no chance
            if (usualOnes >= 2 && gap.compareTo(longest) > 0 && alike > 1) {
                longest = gap;
            }
            if (usualOnes < 2) {
                usualOnes = isUsual ? usualOnes + 1 : 0;
            }
        }
        return longest;
    }

    /** Whether it is shorter by more than a tenth. */
    private static boolean isShorter(Duration one, Duration other) {
        return one.multipliedBy(10).compareTo(other.multipliedBy(9)) < 0;
    }

    /**
     * When the next backup should be complete at the latest, with some slack.
     *
     * @param complete the newest complete backup: the next one may take as long
     * @param configured the schedule, if it is configured
     * @param shown the schedule that the backups show
     */
    public static Instant due(ClusterBackup complete, Optional<WeeklyTimes> configured, Optional<Rhythm> shown) {
        Optional<Instant> round = Round.due(complete.name());
        Instant from = round.orElse(complete.started());
        Optional<Rhythm> certain = shown.filter(rhythm -> rhythm.intervals >= CERTAIN);
        Optional<WeeklyTimes> times =
                configured.or(() -> round.filter(due -> certain.isEmpty()).map(due -> Round.NIGHTLY));
        Instant next;
        Duration interval;
        if (times.isPresent()) {
            next = times.get().after(from);
            interval = Duration.between(next, times.get().after(next));
        } else if (certain.isPresent()) {
            next = from.plus(certain.get().longest);
            interval = certain.get().usual;
        } else {
            return from.plus(WITHOUT_SCHEDULE);
        }
        Duration quarter = interval.dividedBy(4);
        // of the first backups nobody knows how much of it was a late start
        Duration took = certain.map(Rhythm::took).orElseGet(() -> {
            Duration own = Duration.between(from, complete.finished().orElse(from));
            return own.compareTo(quarter) < 0 ? own : quarter;
        });
        return next.plus(took).plus(quarter.compareTo(LEAST_SLACK) > 0 ? quarter : LEAST_SLACK);
    }
}
