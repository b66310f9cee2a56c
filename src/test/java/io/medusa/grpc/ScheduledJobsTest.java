package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.grpc.ScheduledJobs.Job;
import io.medusa.model.WeeklyTime;
import java.time.Duration;
import java.time.LocalTime;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ScheduledJobsTest {
    private static final WeeklyTime DAILY = new WeeklyTime(Optional.empty(), LocalTime.of(1, 0));

    @Test
    void everyJobHasItsWord() {
        for (Job job : Job.values()) {
            assertThat(Job.of(job.word())).isEqualTo(job);
        }
    }

    @Test
    void anUnknownJobIsRefusedBeforeAnythingIsScheduled() {
        Program never = shown -> {
            throw new AssertionError("not needed");
        };
        assertThatThrownBy(() ->
                        new ScheduledJobs(never, new BackupTasks(never)).start(Map.of("compact", DAILY), Duration.ZERO))
                .hasMessage(
                        "schedule_compact in [grpc]: no such job. Use schedule_backup, schedule_purge, schedule_verify");
    }
}
