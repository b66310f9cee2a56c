package io.medusa.report;

import io.medusa.catalog.NodeState;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.model.Coverage;
import io.medusa.model.NodeName;
import io.medusa.report.Problem.Severity;
import io.medusa.repository.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds problems with a cluster's backups from their names, times and recorded results. */
final class Problems {
    /** For a backup about whose runs nothing is known. */
    private static final Duration MAY_STILL_RUN = Duration.ofHours(6);

    private static final Duration VERIFIED_WITHIN = Duration.ofDays(30);
    /** Incomplete backups before these are not reported. */
    private static final int RECENT = 7;

    private static final int NAMED = 5;

    private final List<Entry> entries;
    private final Optional<Coverage> coverage;
    private final Optional<Duration> rhythm;
    private final Optional<Instant> due;
    private final List<Run> notBegun;
    private final boolean limited;
    private final Instant now;
    private final List<Problem> found = new ArrayList<>();

    /**
     * Gathers what they are found from.
     *
     * @param entries the newest first; and so on as in {@link Report}
     * @param due when the next backup should be complete at the latest
     * @param notBegun failed runs that never began a backup
     */
    Problems(
            List<Entry> entries,
            Optional<Coverage> coverage,
            Optional<Duration> rhythm,
            Optional<Instant> due,
            List<Run> notBegun,
            boolean limited,
            Instant now) {
        this.entries = entries;
        this.coverage = coverage;
        this.rhythm = rhythm;
        this.due = due;
        this.notBegun = notBegun;
        this.limited = limited;
        this.now = now;
    }

    /** The problems, worst first. */
    List<Problem> find() {
        notBegun.forEach(run -> bad(
                "Backup " + run.name() + " failed on " + run.node() + " before it began, at " + Text.time(run.seen())
                        + ": " + RunText.reason(run) + ".",
                "Nothing of the node was backed up. medusa doctor on the node checks what a backup needs."));
        if (entries.isEmpty()) {
            bad(
                    "There is no backup.",
                    "Take one with medusa backup-cluster; if there should be some, check bucket_name and prefix, or"
                            + " run medusa build-index.");
            return found;
        }
        findAge();
        boolean superseded = false;
        for (Entry entry : entries.subList(0, Math.min(RECENT, entries.size()))) {
            findFailed(entry, superseded);
            findMissing(entry);
            superseded |= entry.backup().isComplete();
        }
        findCoverage();
        entries.forEach(this::findDamage);
        findVerification();
        if (!limited) {
            warn(
                    "No retention rule is set: no backup ever expires.",
                    "Set max_backup_age, max_backup_count or keep_* in [storage], and schedule medusa purge.");
        }
        found.sort(null);
        return found;
    }

    private void bad(String text, String advice) {
        found.add(new Problem(Severity.BAD, text, advice));
    }

    private void warn(String text, String advice) {
        found.add(new Problem(Severity.WARNING, text, advice));
    }

    private void findAge() {
        Optional<Instant> newest = entries.stream()
                .flatMap(entry -> entry.backup().finished().stream())
                .findFirst();
        if (newest.isEmpty()) {
            bad(
                    "No backup is finished on all nodes.",
                    "The timeline below shows what each backup lacks. Run medusa backup-cluster again.");
            return;
        }
        due.filter(now::isAfter)
                .ifPresent(latest -> bad(
                        "The newest complete backup is " + Text.about(Duration.between(newest.get(), now)) + " old"
                                + rhythm.map(every -> "; usually there is one every " + Text.about(every))
                                        .orElse("")
                                + ".",
                        "The next one was due by " + Text.time(latest)
                                + ". Check that the schedule still runs, and read the log of the last backup."));
    }

    private void findFailed(Entry entry, boolean superseded) {
        List<NodeName> failed = entry.summary().nodesIn(NodeState.FAILED, NodeState.DIED);
        if (failed.isEmpty()) {
            return;
        }
        Run run = Objects.requireNonNull(entry.summary().runs().get(failed.get(0)));
        String text = "Backup " + entry.backup().name() + " failed on " + names(failed) + ": "
                + (run.state() == Run.State.DIED
                        ? "its process died; it was last seen " + Text.time(run.seen())
                        : RunText.reason(run))
                + ".";
        String advice =
                "medusa backup-cluster --resume --backup-name " + entry.backup().name()
                        + " resumes it; on one node, medusa backup --backup-name "
                        + entry.backup().name() + " does.";
        if (superseded) {
            warn(text, advice);
        } else {
            bad(text, advice);
        }
    }

    private void findMissing(Entry entry) {
        ClusterBackup backup = entry.backup();
        List<NodeName> without = entry.summary().nodesIn(NodeState.MISSING, NodeState.UNFINISHED);
        if (without.isEmpty()
                || backup.isComplete()
                || !entry.summary()
                        .nodesIn(NodeState.RUNNING, NodeState.WAITING)
                        .isEmpty()
                || Duration.between(backup.started(), now).compareTo(MAY_STILL_RUN) < 0) {
            return;
        }
        String who = names(without);
        warn(
                "Backup " + backup.name() + " lacks " + who + ".",
                "medusa backup-cluster --resume --backup-name " + backup.name() + " resumes it, medusa"
                        + " delete-backup deletes it.");
    }

    private static String names(Collection<NodeName> nodes) {
        return nodes.stream().limit(NAMED).map(NodeName::value).collect(Collectors.joining(", "))
                + (nodes.size() > NAMED ? " and " + (nodes.size() - NAMED) + " more" : "");
    }

    private void findCoverage() {
        ClusterBackup newest = entries.get(0).backup();
        if (Duration.between(newest.started(), now).compareTo(MAY_STILL_RUN) < 0) {
            return;
        }
        coverage.filter(known -> !known.isWhole())
                .ifPresent(known -> bad(
                        "The newest backup, " + newest.name() + ", does not cover every token range of "
                                + known.keyspaces().stream()
                                        .filter(keyspace -> !keyspace.isWhole())
                                        .map(Coverage.OfKeyspace::keyspace)
                                        .collect(Collectors.joining(", "))
                                + ".",
                        "A restore from it alone would lack rows: back up the missing nodes."));
    }

    private void findDamage(Entry entry) {
        entry.share()
                .map(SpaceUsage::unreadable)
                .filter(nodes -> !nodes.isEmpty())
                .ifPresent(nodes -> bad(
                        "The manifest of backup " + entry.backup().name() + " cannot be read for " + names(nodes) + ".",
                        "Without it that part cannot be restored: medusa verify --backup-name "
                                + entry.backup().name() + " shows what is wrong."));
        long open = entry.verified().open();
        if (open > 0) {
            bad(
                    "Backup " + entry.backup().name() + " is damaged: verification found " + Count.of(open, "problem")
                            + ", and no check as deep has cleared " + (open == 1 ? "it" : "them") + " since.",
                    "medusa verify --backup-name " + entry.backup().name()
                            + " names the objects and the other backups that use them. The next backup uploads"
                            + " again what the node still has.");
        }
        int damaged = entry.summary().damaged().size();
        if (damaged > 0) {
            warn(
                    "Backup " + entry.backup().name() + " holds " + Count.of(damaged, "file")
                            + " already damaged on the node.",
                    "Repair the node's tables; medusa status --backup-name "
                            + entry.backup().name() + " names the files.");
        }
    }

    private void findVerification() {
        boolean recent = entries.stream()
                .flatMap(entry -> entry.verified().last().stream())
                .anyMatch(last -> Duration.between(last.getValue().at(), now).compareTo(VERIFIED_WITHIN) < 0);
        if (!recent) {
            warn(
                    "No backup was verified in the last " + VERIFIED_WITHIN.toDays() + " days.",
                    "Run medusa verify --all, or set schedule_verify in [grpc].");
        }
    }
}
