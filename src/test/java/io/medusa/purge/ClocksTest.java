package io.medusa.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Collector;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.StoredObject;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Retention where the clock of the host that purges is wrong. */
final class ClocksTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final RetentionRules THIRTY_DAYS = new RetentionRules(Duration.ofDays(30), 0, 0, 0, 0, 0, 0, false);

    private final InMemoryStorage memory = new InMemoryStorage(Clock.fixed(NOW, ZoneOffset.UTC));

    private PurgeBackups.Result purge(Duration skew) {
        Clock host = Clock.fixed(NOW.plus(skew), ZoneOffset.UTC);
        BackupCatalog catalog = new BackupCatalog(memory, LAYOUT);
        return new PurgeBackups(
                        catalog,
                        new Inventory(catalog.bucket()),
                        new Collector(memory, catalog, new TransferPool(1, false, Progress.NONE), host),
                        new Pins(memory, LAYOUT, host),
                        host)
                .byRules(List.of(NODE), THIRTY_DAYS, new PurgeBackups.How(Duration.ofDays(10), false));
    }

    private List<String> objects() {
        try (Stream<StoredObject> objects = memory.list("")) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    @Test
    void aHostWhoseClockIsYearsAheadDeletesNothing() {
        for (String name : List.of("b1", "b2")) {
            for (String file : List.of("schema.cql", "tokenmap.json", "differential", "manifest.json")) {
                memory.put(
                        new ObjectKey("n1/" + name + "/meta/" + file),
                        ObjectSource.OfBytes.utf8(file.equals("manifest.json") ? "[]" : "{}"));
            }
        }
        List<String> before = objects();
        for (Duration skew : List.of(Duration.ofDays(1000), Duration.ofHours(-3))) {
            assertThatThrownBy(() -> purge(skew))
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.REFUSED))
                    .hasMessageContaining(NOW.toString())
                    .hasMessageContaining(NOW.plus(skew).toString());
            assertThat(objects()).isEqualTo(before);
        }
        assertThat(purge(Duration.ofMinutes(90)).removed()).isEmpty();
        assertThat(objects()).isEqualTo(before);
    }
}
