package io.medusa.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ForecastTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    private static List<NodeBackup> daily(int howMany) {
        List<NodeBackup> all = new ArrayList<>();
        for (int ago = howMany - 1; ago >= 0; ago--) {
            Instant then = NOW.minus(Duration.ofDays(ago)).minusSeconds(3600);
            all.add(new NodeBackup(
                    new NodeName("n1"), new BackupName("ago-" + ago), BackupMode.DIFFERENTIAL, then, then));
        }
        return all;
    }

    private static RetentionRules count(int most) {
        return new RetentionRules(Duration.ZERO, most, 0, 0, 0, 0, 0, false);
    }

    private static Instant day(int ahead) {
        return NOW.plus(Duration.ofDays(ahead));
    }

    @Test
    void aCountLetsOneGoForEachThatComes() {
        Forecast forecast = Forecast.of(daily(4), count(3), Set.of(), NOW, 60);
        assertThat(forecast.rhythm()).contains(Duration.ofDays(1));
        assertThat(forecast.leaving())
                .containsEntry(new BackupName("ago-3"), NOW)
                .containsEntry(new BackupName("ago-2"), day(1))
                .containsEntry(new BackupName("ago-0"), day(3));
    }

    @Test
    void anAgeLetsEachGoAtItsTimeAndPinsStay() {
        Forecast forecast = Forecast.of(
                daily(3),
                new RetentionRules(Duration.ofDays(7), 0, 0, 0, 0, 0, 0, false),
                Set.of(new BackupName("ago-1")),
                NOW,
                60);
        assertThat(forecast.leaving())
                .containsEntry(new BackupName("ago-2"), day(5))
                .containsEntry(new BackupName("ago-0"), day(7))
                .doesNotContainKey(new BackupName("ago-1"));
    }

    @Test
    void withoutRulesNothingGoesAndTheLastIsNotMissed() {
        assertThat(Forecast.of(daily(3), RetentionRules.NONE, Set.of(), NOW, 60).leaving())
                .isEmpty();
        assertThat(Forecast.of(List.of(), count(1), Set.of(), NOW, 60).rhythm()).isEmpty();
        assertThat(Forecast.of(daily(1), count(1), Set.of(), NOW, 60).leaving())
                .as("nobody knows when the next comes")
                .isEmpty();
    }
}
