package io.medusa.model;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The schedule of a cluster, as its backups show it by their starts, whether they finished or not.
 *
 * @param usual the median of the last intervals
 * @param longest the longest interval that is part of the schedule, such as a weekend without backups: it occurred more than once
 */
public record Rhythm(Duration usual, Duration longest) {
    private static final int RECENT = 10;
    private static final int REMEMBERED = 20;
    private static final Duration LEAST_SLACK = Duration.ofMinutes(15);

    /** The schedule that these starts show; empty if they show none. */
    public static Optional<Rhythm> of(List<Instant> starts) {
        List<Instant> byTime = starts.stream().sorted().toList();
        List<Duration> gaps = new ArrayList<>();
        for (int i = Math.max(1, byTime.size() - REMEMBERED); i < byTime.size(); i++) {
            gaps.add(Duration.between(byTime.get(i - 1), byTime.get(i)));
        }
        List<Duration> recent = gaps.subList(Math.max(0, gaps.size() - RECENT), gaps.size()).stream()
                .sorted()
                .toList();
        if (recent.isEmpty()) {
            return Optional.empty();
        }
        Duration usual = recent.get(recent.size() / 2);
        return usual.toSeconds() == 0 ? Optional.empty() : Optional.of(new Rhythm(usual, longest(gaps, usual)));
    }

    /** An interval counts if another one is at least nearly as long: a single one is a backup that did not run. */
    private static Duration longest(List<Duration> gaps, Duration usual) {
        List<Duration> longestFirst =
                gaps.stream().sorted((a, b) -> b.compareTo(a)).toList();
        for (int i = 0; i + 1 < longestFirst.size(); i++) {
            Duration gap = longestFirst.get(i);
            Duration next = longestFirst.get(i + 1);
            if (gap.compareTo(usual) > 0 && next.multipliedBy(10).compareTo(gap.multipliedBy(9)) >= 0) {
                return gap;
            }
        }
        return usual;
    }

    /**
     * When the next backup should be complete at the latest, with some slack.
     *
     * @param complete the newest complete backup: the next one may take as long
     */
    public Instant due(ClusterBackup complete) {
        Instant started = complete.started();
        Duration took = Duration.between(started, complete.finished().orElse(started));
        Duration quarter = usual.dividedBy(4);
        return started.plus(longest).plus(took).plus(quarter.compareTo(LEAST_SLACK) > 0 ? quarter : LEAST_SLACK);
    }
}
