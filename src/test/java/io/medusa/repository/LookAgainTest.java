package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens while a purge runs is seen before its next deletion. */
final class LookAgainTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final String POOL = "n1/data/ks/t-0123456789abcdef0123456789abcdef/";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
    private final InstantSource time = now::get;
    private final Clock clock = time.withZone(ZoneOffset.UTC);
    private final InMemoryStorage memory = new InMemoryStorage(clock);

    @BeforeEach
    void twoBackupsAndGarbage() {
        for (String name : List.of("b1", "b2")) {
            put("n1/" + name + "/meta/schema.cql", "schema");
            put("n1/" + name + "/meta/tokenmap.json", "{}");
            put("n1/" + name + "/meta/differential", "differential");
            put("n1/" + name + "/meta/manifest.json", "[]");
            now.updateAndGet(instant -> instant.plus(Duration.ofDays(1)));
        }
        for (int i = 1; i <= 6; i++) {
            put(POOL + "nb-" + i + "-big-Data.db", "garbage");
        }
        now.updateAndGet(instant -> instant.plus(Duration.ofDays(20)));
    }

    private void put(String key, String text) {
        memory.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private boolean isThere(String key) {
        return memory.stat(new ObjectKey(key)).isPresent();
    }

    private Collector.Outcome collect(BiConsumer<String, String> script) {
        return collect(List.of(), backups().subList(0, 1), script);
    }

    private Collector.Outcome collect(
            List<NodeBackup> lost, List<NodeBackup> leaving, BiConsumer<String, String> script) {
        ObjectStorage storage = new FaultyStorage(memory, script);
        return new Collector(
                        storage,
                        new BackupCatalog(storage, LAYOUT),
                        new TransferPool(1, false, Progress.NONE),
                        clock,
                        2)
                .collect(new Collector.Request(NODE, backups(), lost, leaving, Duration.ofDays(10), false));
    }

    private List<NodeBackup> backups() {
        return new Inventory(new BackupCatalog(memory, LAYOUT).bucket()).backups(NODE);
    }

    /** Does something right before the first deletion of such a key. */
    private static BiConsumer<String, String> before(String deleted, Runnable action) {
        boolean[] done = {false};
        return (method, what) -> {
            if (method.equals("deleteAll") && what.contains(deleted) && !done[0]) {
                done[0] = true;
                action.run();
            }
        };
    }

    @Test
    void aPinThatComesWhileAPurgeRunsHolds() {
        boolean[] done = {false};
        // when the purge reads what stays, it has announced what goes
        Collector.Outcome outcome = collect((method, what) -> {
            if (method.equals("open") && what.equals("n1/b2/meta/manifest.json") && !done[0]) {
                done[0] = true;
                assertThatThrownBy(() -> new Pins(memory, LAYOUT, clock).pin(new BackupName("b1"), "audit"))
                        .as("whoever pins is told that a deletion is under way")
                        .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                                .isEqualTo(FailureKind.BUSY));
            }
        });
        assertThat(outcome.pinned()).singleElement().satisfies(backup -> assertThat(backup.name())
                .hasToString("b1"));
        assertThat(outcome.isComplete()).isFalse();
        assertThat(isThere("n1/b1/meta/manifest.json")).isTrue();
        assertThat(isThere(POOL + "nb-1-big-Data.db")).isFalse();
    }

    @Test
    void aPurgeThatSleptForMoreThanHalfADayDeletesNothingMore() {
        assertThatThrownBy(() ->
                        collect(before(POOL, () -> now.updateAndGet(instant -> instant.plus(Duration.ofHours(13))))))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.TIMEOUT))
                .hasMessageContaining("paused for");
        long left = java.util.stream.IntStream.rangeClosed(1, 6)
                .filter(i -> isThere(POOL + "nb-" + i + "-big-Data.db"))
                .count();
        assertThat(left).as("but for the request that was under way").isEqualTo(4);
    }

    @Test
    void aBackupThatBeginsWhileDataIsDeletedStopsThat() {
        Collector.Outcome outcome = collect(before(
                POOL,
                () -> put(
                        "index/leases/n1/new.json",
                        "{\"node\": \"n1\", \"backup\": \"new\", \"purpose\": \"backup\"}")));
        assertThat(outcome.postponed()).isTrue();
        assertThat(outcome.objects()).as("the backup and the first batch").isGreaterThanOrEqualTo(2);
        long left = java.util.stream.IntStream.rangeClosed(1, 6)
                .filter(i -> isThere(POOL + "nb-" + i + "-big-Data.db"))
                .count();
        assertThat(left).isEqualTo(4);
    }

    /** The index still has it, its directory is gone. */
    private NodeBackup lost() {
        put("index/backup_index/b0/manifest_n1.json", "[]");
        return new NodeBackup(NODE, new BackupName("b0"), BackupMode.DIFFERENTIAL, now.get(), now.get());
    }

    private void makeAgain(NodeBackup lost, String names) {
        String meta = "n1/" + lost.name() + "/meta/";
        put(meta + "schema.cql", "schema");
        put(meta + "tokenmap.json", "{}");
        put(meta + "differential", "differential");
        put(meta + "manifest.json", names);
        put("index/backup_index/b0/manifest_n1.json", names);
    }

    @Test
    void aLostBackupThatIsMadeAgainMeanwhileKeepsWhatItNames() {
        NodeBackup lost = lost();
        // after the pool was looked through
        collect(
                List.of(lost),
                List.of(),
                before(
                        POOL,
                        () -> makeAgain(
                                lost,
                                "[{\"keyspace\": \"ks\", \"columnfamily\": \"t-0123456789abcdef0123456789abcdef\","
                                        + " \"objects\": [{\"path\": \"" + POOL
                                        + "nb-5-big-Data.db\", \"MD5\": \"x\", \"size\": 7}]}]")));
        assertThat(isThere(POOL + "nb-5-big-Data.db")).isTrue();
        assertThat(isThere(POOL + "nb-6-big-Data.db")).isFalse();
    }

    @Test
    void aLostBackupThatWasMadeAgainIsNotDeletedForItsPredecessor() {
        NodeBackup lost = lost();
        makeAgain(lost, "[]");
        Collector.Outcome outcome = collect(List.of(lost), List.of(lost), (method, what) -> {});
        assertThat(outcome.inUse()).containsExactly(lost);
        assertThat(isThere("n1/b0/meta/manifest.json")).isTrue();
    }
}
