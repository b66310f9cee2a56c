package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.LoggedLines;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PurgeProgressTest {
    private Instant now = Instant.parse("2026-11-28T12:00:00Z");

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    @Test
    void itIsReportedEveryHalfMinute() throws Exception {
        PurgeProgress progress = new PurgeProgress(clock);
        List<Long> sent = new ArrayList<>();
        progress.onReport(so -> sent.add(so.bytes()));
        try (LoggedLines log = new LoggedLines(PurgeProgress.class)) {
            progress.checked();
            now = now.plus(Duration.ofSeconds(31));
            progress.deleted(2, 2048);
            progress.deleted(1, 1024);
            now = now.plus(Duration.ofSeconds(29));
            progress.checked();
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .contains("Purging: checked 1 backup, deleted 2 objects (2.00 KB) so far");
            now = now.plus(Duration.ofSeconds(1));
            progress.checked();
            assertThat(log.all())
                    .last()
                    .asString()
                    .contains("Purging: checked 3 backups, deleted 3 objects (3.00 KB) so far");
        }
        assertThat(sent).containsExactly(2048L, 3072L);
    }
}
