package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.app.Verification;
import io.medusa.backup.BackupNode;
import io.medusa.backup.RoundTurn;
import io.medusa.config.MedusaConfig.ScheduledTask;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.Round;
import io.medusa.model.WeeklyTimes;
import io.medusa.purge.PurgeBackups;
import io.medusa.report.Text;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that the service runs at the times of {@code schedule_*} in [grpc]. */
final class ScheduledJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduledJobs.class);
    /** A node whose clock is ahead may have begun before the due time of the others. */
    private static final Duration CLOCKS_DIFFER_BY = Duration.ofMinutes(5);

    private final Program program;
    private final Clock clock;
    private final BackupTasks backups;
    private final PurgeTasks purges;

    /**
     * @param backups runs the backups, so that clients see them like their own
     * @param purges runs the purges, so that there is one at a time
     */
    ScheduledJobs(Program program, Clock clock, BackupTasks backups, PurgeTasks purges) {
        this.program = program;
        this.clock = clock;
        this.backups = backups;
        this.purges = purges;
    }

    /**
     * Starts the schedule.
     *
     * @param delayed the delay after each scheduled time, different for each node
     */
    Schedule start(Map<ScheduledTask, WeeklyTimes> times, Duration delayed) {
        List<Schedule.Task> tasks = new ArrayList<>();
        times.forEach((job, when) -> tasks.add(new Schedule.Task(
                job.name().toLowerCase(Locale.ROOT), when, job == ScheduledTask.BACKUP, due -> run(job, due))));
        return new Schedule(clock, delayed, tasks);
    }

    private void run(ScheduledTask job, Instant due) {
        switch (job) {
            case BACKUP -> backup(due);
            case PURGE -> purge();
            case VERIFY -> verify(due);
        }
    }

    private void backup(Instant due) {
        try (Medusa medusa = program.open()) {
            Round round = medusa.round(due);
            BackupMode mode = medusa.modeOf(round);
            try (RoundTurn turn = medusa.onNode().scheduledRounds().turn(round, request(medusa, round.name(), mode))) {
                if (turn.objection().isPresent()) {
                    LOG.info("{}", turn.objection().get());
                    return;
                }
                LOG.info("Starting the scheduled backup {}", round.name());
                var unused = backups.begin(round.name(), mode, own -> request(own, round.name(), mode))
                        .background()
                        .await();
                LOG.info("Finished the scheduled backup {}", round.name());
            }
        }
    }

    private static BackupNode.Request request(Medusa medusa, BackupName name, BackupMode mode) {
        return medusa.requests().backup(name).mode(mode).request();
    }

    private void purge() {
        LOG.info("Starting the scheduled purge");
        checkAll(purges.run());
    }

    /**
     * Fails if a node was skipped.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED with the reasons
     */
    static void checkAll(PurgeBackups.Result result) {
        if (!result.failed().isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "nothing was deleted of some nodes: "
                            + String.join("; ", result.failed().values()));
        }
    }

    private void verify(Instant due) {
        LOG.info("Starting the scheduled verification");
        Duration sinceDue = Duration.between(due, clock.instant());
        Verification.Shared shared = with(medusa -> medusa.verification()
                .runUnlessRecent(medusa.requests().verify().at(Level.SAMPLE), sinceDue.plus(CLOCKS_DIFFER_BY)));
        if (shared.outcome().isEmpty()) {
            LOG.info("Not verifying: {}", shared.reason());
            return;
        }
        VerifyBackup.Report report = shared.outcome().get().report();
        long damaged = report.results().stream()
                .filter(result -> result.problems() > 0)
                .count();
        String all = Count.of(report.results().size(), "backup");
        if (damaged > 0) {
            LOG.error("Verification found damage in {} of {}. Run medusa verify --all for details", damaged, all);
        } else {
            LOG.info(
                    "Verified {}: no problems found. Read {} ({}) in {}",
                    all,
                    Count.of(report.read(), "object"),
                    Count.bytes(report.bytesRead()),
                    Text.duration(shared.outcome().get().took()));
        }
    }

    private <R> R with(Function<Medusa, R> work) {
        try (Medusa medusa = program.open()) {
            return work.apply(medusa);
        }
    }
}
