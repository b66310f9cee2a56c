package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.config.MedusaConfig.ScheduledTask;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.Round;
import io.medusa.model.WeeklyTimes;
import io.medusa.purge.PurgeBackups;
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
            case BACKUP -> backup(Round.nameOf(due));
            case PURGE -> purge();
            case VERIFY -> verify();
        }
    }

    private void backup(BackupName name) {
        try {
            LOG.info("Starting the scheduled backup {}", name);
            var unused = backups.begin(name, BackupMode.DIFFERENTIAL, medusa -> medusa.requests()
                            .backup(name)
                            .request())
                    .background()
                    .await();
            LOG.info("Finished the scheduled backup {}", name);
        } catch (MedusaException done) {
            if (done.kind() != FailureKind.BACKUP_EXISTS) {
                throw done;
            }
            LOG.info("The scheduled backup {} of this node is finished already", name);
        }
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

    private void verify() {
        LOG.info("Starting the scheduled verification");
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
