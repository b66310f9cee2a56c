package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What one call of restore-node does: its options decide, in this one place. */
sealed interface RestoreAction {
    /** Goes back to the data from before the last restore. */
    record Undo() implements RestoreAction {}

    /** Removes what interrupted restores have staged. */
    record Abort() implements RestoreAction {}

    /** Has sstableloader stream the backup into the running cluster. */
    record Load() implements RestoreAction {}

    /** Says what a restore would do. */
    record Plan() implements RestoreAction {}

    /** Fetches and checks, and changes nothing. */
    record Stage() implements RestoreAction {}

    /** Restores. */
    record Run() implements RestoreAction {}

    /** The options that were given; those that only say where locks go and how the result is printed are always possible. */
    enum Given {
        BACKUP_NAME,
        IN_PLACE,
        REMOTE,
        KEEP_AUTH,
        VERSION_TARGET,
        USE_SSTABLELOADER,
        SEEDS,
        VERIFY,
        /** One or more of them. */
        KEYSPACE,
        TABLE,
        REPLICATION,
        KEEP_PREVIOUS,
        UNDO,
        ABORT,
        STAGE_ONLY,
        STAY_DOWN_ON_FAILURE,
        DRY_RUN;

        String option() {
            return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Options of the Python Medusa's own command line for nodes (docs/compatibility.md 15) are in it, though they change nothing. */
    Set<Given> WITH_LOADER = EnumSet.of(
            Given.USE_SSTABLELOADER,
            Given.BACKUP_NAME,
            Given.IN_PLACE,
            Given.REMOTE,
            Given.KEEP_AUTH,
            Given.VERSION_TARGET,
            Given.SEEDS,
            Given.KEYSPACE,
            Given.TABLE);

    /**
     * Decides.
     *
     * @throws MedusaException of kind USAGE if the options do not go together
     */
    static RestoreAction of(Set<Given> given) {
        if (given.contains(Given.UNDO)) {
            refuseOthers(given, EnumSet.of(Given.UNDO), Given.UNDO, "undoes the last restore as a whole");
            return new Undo();
        }
        if (given.contains(Given.ABORT)) {
            refuseOthers(
                    given, EnumSet.of(Given.ABORT, Given.DRY_RUN), Given.ABORT, "gives up all interrupted restores");
            return new Abort();
        }
        if (given.contains(Given.IN_PLACE) && given.contains(Given.REMOTE)) {
            throw refused("--in-place and --remote cannot be combined");
        }
        if (!given.contains(Given.BACKUP_NAME)) {
            throw refused("Missing option '--backup-name'.");
        }
        if (given.contains(Given.USE_SSTABLELOADER)) {
            refuseOthers(given, WITH_LOADER, Given.USE_SSTABLELOADER, "loads at once and has no plan, stage or undo");
            return new Load();
        }
        if (given.contains(Given.REPLICATION) && !given.contains(Given.KEYSPACE) && !given.contains(Given.TABLE)) {
            throw refused("--replication needs --keyspace or --table: a whole node is restored with its schema");
        }
        if (given.contains(Given.DRY_RUN)) {
            return new Plan();
        }
        return given.contains(Given.STAGE_ONLY) ? new Stage() : new Run();
    }

    private static void refuseOthers(Set<Given> given, Set<Given> allowed, Given of, String why) {
        String others = given.stream()
                .filter(option -> !allowed.contains(option))
                .map(Given::option)
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            throw refused(of.option() + " cannot be combined with " + others + ": it " + why);
        }
    }

    private static MedusaException refused(String message) {
        return new MedusaException(FailureKind.USAGE, message);
    }
}
