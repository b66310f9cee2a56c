package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.catalog.BackupStatus;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many requests it takes to tell of 365 daily backups of 12 nodes. */
final class ScaleTest {
    private static final int DAYS = 365;
    private static final int NODES = 12;

    private final Map<String, Integer> requests = new TreeMap<>();
    private BackupCatalog catalog;
    private FaultyStorage storage;

    @BeforeEach
    void bucket() {
        InMemoryStorage memory = new InMemoryStorage(Clock.systemUTC());
        StringBuilder ring = new StringBuilder("{");
        for (int node = 0; node < NODES; node++) {
            ring.append(node == 0 ? "" : ", ")
                    .append("\"n" + node + "\": {\"tokens\": [" + node + "], \"is_up\": true}");
        }
        ring.append("}");
        for (int day = 0; day < DAYS; day++) {
            for (int node = 0; node < NODES; node++) {
                String name = String.format("day%03d", day);
                String n = "n" + node;
                long started = 1_700_000_000L + day * 86_400L;
                put(memory, n + "/" + name + "/meta/schema.cql", "");
                put(memory, n + "/" + name + "/meta/differential", "differential");
                String index = "index/backup_index/" + name + "/";
                put(memory, index + "tokenmap_" + n + ".json", ring.toString());
                put(memory, index + "schema_" + n + ".cql", "");
                put(memory, index + "manifest_" + n + ".json", "[]");
                put(memory, index + "differential_" + n, "");
                put(memory, index + "started_" + n + "_" + started + ".timestamp", "");
                put(memory, index + "finished_" + n + "_" + (started + 60) + ".timestamp", "");
                put(memory, "index/stats/" + name + "/" + n + "/" + (started + 60) + "_1000_8_cassandra_5.0.9", "");
            }
        }
        storage = new FaultyStorage(memory, (method, what) -> {
            synchronized (requests) {
                requests.merge(method, 1, Integer::sum);
            }
        });
        catalog = new BackupCatalog(new Bucket(
                storage, new RepositoryLayout(""), new TransferPool(8, false, Progress.NONE), Clock.systemUTC()));
    }

    private static void put(InMemoryStorage memory, String key, String text) {
        memory.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    @Test
    void P5_P9_aListReadsTheListingsAndOneTokenMapOfAllThatAreTheSame() {
        List<BackupSummary> list =
                new ListBackups(catalog).summaries(new ListBackups.Request(new NodeName("n3"), false));
        assertThat(list).hasSize(DAYS);
        assertThat(list.get(0).size()).isEqualTo(NODES * 1000L);
        assertThat(list.get(0).backup().isComplete()).isTrue();
        assertThat(requests).isEqualTo(Map.of("directories", 2, "list", 2 * 37, "open", 1, "stat", NODES));
    }

    @Test
    void P5_theStatusOfOneNameReadsOnlyThatName() {
        assertThat(new BackupStatus(catalog).run(new BackupName("day007"))).isPresent();
        assertThat(requests).isEqualTo(Map.of("list", 2, "open", 1, "stat", NODES));
    }

    @Test
    void P5_theNewestAreFoundWithoutReadingHistory() {
        BackupCatalog.Newest newest = catalog.newestClusterBackups();
        assertThat(newest.latest().orElseThrow().name().value()).isEqualTo("day364");
        assertThat(newest.complete().orElseThrow().name().value()).isEqualTo("day364");
        assertThat(requests).isEqualTo(Map.of("directories", 1, "list", 37, "open", 1, "stat", NODES));
    }

    @Test
    void portionsHoldEveryNameOnce() {
        List<String> names = new java.util.ArrayList<>();
        for (int i = 0; i < 400; i++) {
            names.add("daily-" + i);
        }
        names.addAll(List.of("d", "daily", "daily-1-x", "\ud83d\ude00", "\ud83d\ude01", "Z"));
        List<String> portions = ParallelListing.cut("index/", names);
        assertThat(portions).hasSizeGreaterThan(30).hasSizeLessThan(120);
        for (String name : names) {
            assertThat(portions.stream().filter(("index/" + name + "/file")::startsWith))
                    .as(name)
                    .hasSize(1);
        }
        assertThat(ParallelListing.cut("index/", List.of("a", "b"))).containsExactly("index/");
    }

    @Test
    void P6_objectsAreDeletedAThousandAtATime() {
        InMemoryStorage memory = new InMemoryStorage(Clock.systemUTC());
        for (String name : List.of("b1", "b2")) {
            put(memory, "n1/" + name + "/meta/schema.cql", "");
            put(memory, "n1/" + name + "/meta/tokenmap.json", "{\"n1\": {\"tokens\": [1], \"is_up\": true}}");
            put(memory, "n1/" + name + "/meta/differential", "differential");
            put(memory, "n1/" + name + "/meta/manifest.json", "[]");
        }
        for (int i = 0; i < 2_500; i++) {
            put(memory, "n1/data/ks/t-0123456789abcdef0123456789abcdef/nb-" + i + "-big-Data.db", "x");
        }
        storage = new FaultyStorage(memory, (method, what) -> requests.merge(method, 1, Integer::sum));
        catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        Collector collector =
                new Collector(storage, catalog, new TransferPool(1, false, Progress.NONE), Clock.systemUTC());
        List<NodeBackup> all = new Inventory(catalog.bucket()).backups(new NodeName("n1"));
        requests.clear();
        Collector.Outcome outcome = collector.collect(new Collector.Request(
                new NodeName("n1"), all, List.of(), all.subList(0, 1), java.time.Duration.ofSeconds(-1), false));
        assertThat(outcome.objects()).isEqualTo(2_500 + 4);
        assertThat(requests.get("deleteAll"))
                .as("three for the pool, the rest for one backup and for what was announced")
                .isLessThan(3 + 10);
        assertThat(requests.get("stat")).isLessThan(10);
    }
}
