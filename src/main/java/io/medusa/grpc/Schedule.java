package io.medusa.grpc;

import io.medusa.model.WeeklyTime;
import io.medusa.transfer.Heartbeat;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks at their times of the day or week, one after the other. The clock is read every few seconds, so that nothing is missed
 * after a suspension or a change of the clock.
 */
public final class Schedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);
    private static final Duration LOOK = Duration.ofSeconds(20);

    private final Clock clock;
    private final ZoneId zone;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Heartbeat heartbeat;

    /**
     * A scheduled task.
     *
     * @param what in one word, for the log
     * @param last when it last ran, so that a missed run is made up for; empty if that does not matter
     */
    public record Task(String what, WeeklyTime when, Optional<Instant> last, Runnable work) {}

    private static final class Waiting {
        private final Task task;
        private Instant due;

        Waiting(Task task, Instant due) {
            this.task = task;
            this.due = due;
        }
    }

    /**
     * Starts the schedule.
     *
     * @param delay after each scheduled time, different for each node
     */
    public Schedule(Clock clock, ZoneId zone, Duration delay, List<Task> tasks) {
        this.clock = clock;
        this.zone = zone;
        ZonedDateTime now = clock.instant().atZone(zone);
        for (Task task : tasks) {
            Instant missed = task.when().before(now).toInstant();
            boolean makeUp = task.last().filter(missed::isAfter).isPresent();
            Instant due = makeUp
                    ? now.toInstant()
                    : task.when().after(now).toInstant().plus(delay);
            LOG.info(
                    "Next scheduled {}: {}{}",
                    task.what(),
                    due.atZone(zone).toLocalDateTime().truncatedTo(ChronoUnit.SECONDS),
                    makeUp ? " (the last one was missed)" : "");
            waiting.add(new Waiting(task, due));
        }
        this.heartbeat = Heartbeat.start(LOOK, () -> look(delay), failed -> LOG.error("The scheduler failed", failed));
    }

    /** Runs due tasks. */
    void look(Duration delay) {
        for (Waiting one : waiting) {
            if (clock.instant().isBefore(one.due)) {
                continue;
            }
            LOG.info("Starting the scheduled {}", one.task.what());
            try {
                one.task.work().run();
            } catch (RuntimeException failed) {
                LOG.error("Scheduled {} failed: {}", one.task.what(), failed.getMessage());
            }
            one.due = one.task
                    .when()
                    .after(clock.instant().atZone(zone))
                    .toInstant()
                    .plus(delay);
        }
    }

    /** Stops the schedule, and interrupts a running task. */
    @Override
    public void close() {
        heartbeat.close();
    }
}
