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
 * Runs tasks at their times of the day or the week, one after the other. The clock is read every few seconds, so that nothing is missed
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
     * Something to do.
     *
     * @param what in one word, for the log
     * @param last when it was done last, so that a missed time is made up for; nothing if that does not matter
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
     * Begins to wait.
     *
     * @param delay so much later than each time, different from node to node
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

    /** Does what is due. */
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

    /** Waits no more; what is being done is interrupted. */
    @Override
    public void close() {
        heartbeat.close();
    }
}
