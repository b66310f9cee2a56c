package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.config.MedusaConfig.ScheduledTask;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.WeeklyTime;
import io.medusa.purge.PurgeBackups;
import io.medusa.verify.VerifyBackup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that the service runs at the times of {@code schedule_*} in [grpc]. */
final class ScheduledJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduledJobs.class);

    /** The default backup name, like the command line's. */
    private static final DateTimeFormatter NAME_OF_NOW = DateTimeFormatter.ofPattern("yyyyMMddHHmm", Locale.ROOT);

    private final Program program;
    private final BackupTasks backups;
    private final PurgeTasks purges;

    /**
     * @param backups runs the backups, so that clients see them like their own
     * @param purges runs the purges, so that there is one at a time
     */
    ScheduledJobs(Program program, BackupTasks backups, PurgeTasks purges) {
        this.program = program;
        this.backups = backups;
        this.purges = purges;
    }

    /**
     * Starts the schedule.
     *
     * @param delayed the delay after each scheduled time, different for each node
     */
    Schedule start(Map<ScheduledTask, WeeklyTime> times, Duration delayed) {
        List<Schedule.Task> tasks = new ArrayList<>();
        times.forEach((job, when) ->
                tasks.add(new Schedule.Task(job.name().toLowerCase(Locale.ROOT), when, lastRun(job), () -> run(job))));
        return new Schedule(Clock.systemUTC(), ZoneId.systemDefault(), delayed, tasks);
    }

    /** When it last ran, so that a missed run is made up for; empty if unknown or irrelevant. */
    private Optional<Instant> lastRun(ScheduledTask job) {
        if (job != ScheduledTask.BACKUP) {
            return Optional.empty();
        }
        try {
            return Optional.of(with(medusa -> medusa.lastFinished().orElse(Instant.EPOCH)));
        } catch (MedusaException unknown) {
            LOG.warn("Cannot determine when the last backup finished: {}", unknown.getMessage());
            return Optional.empty();
        }
    }

    private void run(ScheduledTask job) {
        switch (job) {
            case BACKUP -> backup();
            case PURGE -> purge();
            case VERIFY -> verify();
        }
    }

    private void backup() {
        BackupName name = BackupName.forNewBackup(
                NAME_OF_NOW.format(LocalDateTime.now(ZoneId.systemDefault())), BackupMode.DIFFERENTIAL);
        var unused = backups.begin(name, BackupMode.DIFFERENTIAL, medusa -> medusa.requests()
                        .backup(name)
                        .request())
                .background()
                .await();
    }

    private void purge() {
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

    private void verify() {
        VerifyBackup.Report report =
                with(medusa -> medusa.verification().run(medusa.requests().verify()));
        long damaged = report.results().stream()
                .filter(result -> !result.findings().isEmpty())
                .count();
        if (damaged > 0) {
            LOG.error(
                    "Verification found damage in {} of {}. Run medusa verify --all for details",
                    damaged,
                    Count.of(report.results().size(), "backup"));
        } else {
            LOG.info("Verified {}: no problems found", Count.of(report.results().size(), "backup"));
        }
    }

    private <R> R with(Function<Medusa, R> work) {
        try (Medusa medusa = program.open()) {
            return work.apply(medusa);
        }
    }
}
