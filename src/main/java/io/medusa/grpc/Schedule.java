package io.medusa.grpc;

import io.medusa.model.WeeklyTimes;
import io.medusa.transfer.Heartbeat;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks at their times of the day or week, in UTC, one after the other. The clock is read every few seconds, so that nothing is
 * missed after a suspension or a change of the clock.
 */
public final class Schedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);
    private static final Duration LOOK = Duration.ofSeconds(20);
    /** The wait before the first retry of a failed round; doubled for each further one. */
    private static final Duration RETRY = Duration.ofMinutes(15);

    private final Clock clock;
    private final Duration delay;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Heartbeat heartbeat;

    /**
     * A scheduled task.
     *
     * @param what in one word, for the log
     * @param everyRound whether no round may be left out: one that was missed is made up for, and one that fails is retried until the
     *     next is due. The work must then do nothing if its round is done already
     * @param work receives when it was due, which is the same on every node
     */
    public record Task(String what, WeeklyTimes when, boolean everyRound, Consumer<Instant> work) {}

    private static final class Waiting {
        private final Task task;
        private Instant start;
        private Duration retry = RETRY;

        Waiting(Task task, Instant start) {
            this.task = task;
            this.start = start;
        }
    }

    /**
     * Starts the schedule.
     *
     * @param delay of each start after its scheduled time, different for each node
     */
    public Schedule(Clock clock, Duration delay, List<Task> tasks) {
        this.clock = clock;
        this.delay = delay;
        Instant now = clock.instant();
        for (Task task : tasks) {
            Instant next = task.when().after(now).plus(delay);
            LOG.info("Next scheduled {}: {}", task.what(), next.truncatedTo(ChronoUnit.SECONDS));
            waiting.add(new Waiting(task, task.everyRound() ? now : next));
        }
        this.heartbeat = Heartbeat.start(LOOK, this::look, failed -> LOG.error("The scheduler failed", failed));
    }

    /** Runs due tasks. */
    void look() {
        for (Waiting one : waiting) {
            if (!clock.instant().isBefore(one.start)) {
                run(one);
            }
        }
    }

    private void run(Waiting one) {
        Task task = one.task;
        Instant due = task.when().before(clock.instant());
        boolean failed = false;
        try {
            task.work().accept(due);
        } catch (RuntimeException failure) {
            LOG.error("Scheduled {} failed: {}", task.what(), failure.getMessage());
            failed = true;
        }
        Instant now = clock.instant();
        Instant next = task.when().after(task.everyRound() ? due : now).plus(delay);
        Instant again = now.plus(one.retry);
        if (failed && task.everyRound() && again.isBefore(next)) {
            LOG.info("Next attempt at the scheduled {}: {}", task.what(), again.truncatedTo(ChronoUnit.SECONDS));
            one.start = again;
            one.retry = one.retry.multipliedBy(2);
        } else {
            one.start = next;
            one.retry = RETRY;
        }
    }

    /** Stops the schedule, and interrupts a running task. */
    @Override
    public void close() {
        heartbeat.close();
    }
}
