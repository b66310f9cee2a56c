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
 * Runs tasks at their times of the day or week, in UTC, each on a thread of its own. The clock is read every few seconds, so that nothing is
 * missed after a suspension or a change of the clock.
 */
public final class Schedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);
    private static final Duration LOOK = Duration.ofSeconds(20);
    /** The wait before the first retry of a failed round; doubled for each further one. */
    private static final Duration RETRY = Duration.ofMinutes(15);

    private static final Duration LONGEST_RETRY = Duration.ofHours(1);

    private final Clock clock;
    private final Duration delay;
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Heartbeat> heartbeats = new ArrayList<>();

    /**
     * A scheduled task.
     *
     * @param what in one word, for the log
     * @param everyRound whether no round may be left out: one that was missed is made up for, and one that fails is retried until the
     *     next is due. The work must then do nothing if its round is done already
     * @param work receives when it was due, which is the same on every node
     */
    public record Task(String what, WeeklyTimes when, boolean everyRound, Consumer<Instant> work) {}

    /** A task and its next run. */
    private final class Waiting {
        private final Task task;
        /** When the round was or is due that the next run is of. */
        private Instant due;
        /** When it runs, unless the clock is set back. */
        private Instant start;

        private Duration retry = RETRY;

        Waiting(Task task, Instant now) {
            this.task = task;
            this.due = first(now);
            this.start = startOf(due, now);
            LOG.info(
                    "Next scheduled {}: {}",
                    task.what(),
                    task.when().after(now).plus(delay).truncatedTo(ChronoUnit.SECONDS));
        }

        private Instant first(Instant now) {
            return task.everyRound() ? task.when().before(now) : task.when().after(now);
        }

        /** A round that was missed is joined with the same delay: the other nodes may have come back at the same time. */
        private Instant startOf(Instant round, Instant now) {
            Instant regular = round.plus(delay);
            return regular.isBefore(now) ? now.plus(delay) : regular;
        }

        void look() {
            Instant now = clock.instant();
            Instant latest = task.when().after(now).plus(delay);
            if (start.isAfter(latest)) {
                // the clock was ahead, and has been set back
                due = first(now);
                start = startOf(due, now);
            }
            if (!now.isBefore(start)) {
                run(now);
            }
        }

        private void run(Instant began) {
            due = newest(due, began);
            boolean failed = false;
            try {
                task.work().accept(due);
            } catch (RuntimeException failure) {
                LOG.error("Scheduled {} failed: {}", task.what(), failure.getMessage());
                failed = true;
            }
            Instant now = clock.instant();
            Instant next = newest(task.when().after(due), now);
            Instant again = now.plus(retry);
            if (failed && task.everyRound() && again.isBefore(next.plus(delay))) {
                LOG.info("Next attempt at the scheduled {}: {}", task.what(), again.truncatedTo(ChronoUnit.SECONDS));
                start = again;
                retry = retry.multipliedBy(2).compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : retry.multipliedBy(2);
            } else {
                due = next;
                start = next.plus(delay);
                retry = RETRY;
            }
        }

        /** A round, or the last that has begun since: those between them are lost. */
        private Instant newest(Instant round, Instant now) {
            Instant last = task.when().before(now.minus(delay));
            if (!last.isAfter(round)) {
                return round;
            }
            if (task.everyRound() && !last.equals(round)) {
                LOG.warn("The scheduled {} of {} was not done: the one of {} is due", task.what(), round, last);
            }
            return last;
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
        tasks.forEach(task -> {
            Waiting one = new Waiting(task, now);
            waiting.add(one);
            heartbeats.add(Heartbeat.start(LOOK, one::look, failed -> LOG.error("The scheduler failed", failed)));
        });
    }

    /** Runs due tasks. */
    void look() {
        waiting.forEach(Waiting::look);
    }

    /** Stops the schedule, and interrupts what is running. */
    @Override
    public void close() {
        heartbeats.forEach(Heartbeat::close);
    }
}
