package io.medusa.model;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One round of scheduled backups: each node takes part once, under the name that its due time gives. The name is the same on every
 * node, whenever the node starts, so that their backups form one backup of the cluster.
 *
 * @param due when the round begins
 * @param next when the round after it begins
 */
public record Round(Instant due, Instant next) {
    /** The schedule of backups where none is configured. */
    public static final WeeklyTimes NIGHTLY =
            new WeeklyTimes(List.of(new WeeklyTime(Optional.empty(), LocalTime.of(1, 0))));

    /** An attempt that comes so early belongs to the round that is about to begin: the clock of its node may be slow, or was set back. */
    static final Duration EARLY = Duration.ofMinutes(5);

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmm'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** The round that an attempt at that time belongs to. */
    public static Round at(Instant time, WeeklyTimes schedule) {
        Instant due = schedule.before(time.plus(EARLY));
        return new Round(due, schedule.after(due));
    }

    /** The name of its backups, such as {@code 20261128T0100Z}. */
    public BackupName name() {
        return nameOf(due);
    }

    /** When the backups of that name were due; empty unless the name is that of a round. */
    public static Optional<Instant> due(BackupName name) {
        try {
            return Optional.of(NAME.parse(name.value(), Instant::from));
        } catch (DateTimeParseException other) {
            return Optional.empty();
        }
    }

    /** The name of the backups that are due at that time. */
    public static BackupName nameOf(Instant due) {
        return BackupName.forNewBackup(NAME.format(due), BackupMode.DIFFERENTIAL);
    }
}
