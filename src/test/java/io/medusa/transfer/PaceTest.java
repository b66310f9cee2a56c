package io.medusa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class PaceTest {
    private static final Duration NIGHT = Duration.ofHours(12);

    @Test
    void aSmallBackupIsNotStretchedOverTheNight() {
        assertThat(Pace.rate(28_000, NIGHT)).hasValue(Pace.FLOOR);
        assertThat(Pace.rate(5_000_000_000L, NIGHT))
                .as("what takes hours otherwise")
                .hasValue(Pace.FLOOR);
        assertThat(Pace.rate(0, NIGHT)).as("the last bytes").hasValue(Pace.FLOOR);
    }

    @Test
    void aLargeBackupMovesNoFasterThanItTakes() {
        assertThat(Pace.rate(1_000_000_000_000L, NIGHT).orElseThrow())
                .isBetween(1_000_000_000_000L / NIGHT.toSeconds(), 1_100_000_000_000L / NIGHT.toSeconds());
    }

    @Test
    void whatIsLateIsNotHeldBack() {
        assertThat(Pace.rate(1_000_000_000_000L, Duration.ofSeconds(1))).isEmpty();
        assertThat(Pace.rate(1_000_000_000_000L, Duration.ofHours(-1))).isEmpty();
    }

    /** By a clock that stands still these 28 KB would take twelve hours if nothing kept the pace up. */
    @Test
    @Timeout(120)
    void theBytesOfASmallBackupPassAtOnceHoweverFarTheEnd() {
        Instant now = Instant.parse("2026-01-01T17:30:00Z");
        Bandwidth bandwidth = new Bandwidth(OptionalLong.empty());
        Pace pace = new Pace(Progress.NONE, "Uploading", bandwidth, now.plus(NIGHT), Clock.fixed(now, ZoneOffset.UTC));
        List<Integer> files = IntStream.range(0, 28).boxed().toList();
        try (Progress.Task task = pace.start("Uploading", files.size(), 28_000)) {
            files.forEach(file -> {
                bandwidth.take(1000);
                task.moved(1000);
            });
            task.done();
        }
        assertThat(bandwidth.moved()).isEqualTo(28_000);
    }
}
