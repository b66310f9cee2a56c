package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.InMemoryStorage;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which cluster backup is the latest, and which was completed last, while nodes finish in all kinds of orders. */
final class NewestBackupsTest {
    private static final String RING =
            "{\"n1\": {\"tokens\": [1]}, \"n2\": {\"tokens\": [2]}, \"n3\": {\"tokens\": [3]}}";

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
    private final BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));

    private void put(String key, String text) {
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private void backup(String node, String name, long started, long finished) {
        backup(node, name, RING, started, finished);
    }

    private static String ringOf(String datacenter, String more, String... nodes) {
        StringBuilder ring = new StringBuilder();
        for (String node : nodes) {
            ring.append(ring.isEmpty() ? "{" : ", ")
                    .append("\"" + node + "\": {\"tokens\": [" + node.hashCode() + "], \"dc\": \"" + datacenter + "\""
                            + (ring.length() == 1 ? more : "") + "}");
        }
        return ring + "}";
    }

    private void begin(String node, String name, String ring, long started) {
        put(node + "/" + name + "/meta/schema.cql", "");
        String index = "index/backup_index/" + name + "/";
        put(index + "tokenmap_" + node + ".json", ring);
        put(index + "schema_" + node + ".cql", "");
        put(index + "started_" + node + "_" + started + ".timestamp", "");
    }

    private void backup(String node, String name, String ring, long started, long finished) {
        put(node + "/" + name + "/meta/schema.cql", "");
        put(node + "/" + name + "/meta/manifest.json", "[]");
        String index = "index/backup_index/" + name + "/";
        put(index + "tokenmap_" + node + ".json", ring);
        put(index + "schema_" + node + ".cql", "");
        put(index + "started_" + node + "_" + started + ".timestamp", "");
        put(index + "manifest_" + node + ".json", "[]");
        put(index + "finished_" + node + "_" + finished + ".timestamp", "");
    }

    private String latest() {
        return catalog.newestClusterBackups()
                .latest()
                .map(found -> found.name().value())
                .orElse("none");
    }

    private String complete() {
        return catalog.newestClusterBackups()
                .complete()
                .map(found -> found.name().value())
                .orElse("none");
    }

    @Test
    void row04_latestByStartCompleteByEnd() {
        assertThat(latest()).isEqualTo("none");
        assertThat(complete()).isEqualTo("none");
        backup("n1", "backup1", 1000, 1100);
        backup("n2", "backup1", 1000, 1100);
        assertThat(latest()).isEqualTo("backup1");
        assertThat(complete()).isEqualTo("none");
        backup("n3", "backup1", 1000, 1200);
        assertThat(complete()).isEqualTo("backup1");
        backup("n1", "backup2", 2000, 2100);
        backup("n2", "backup2", 2000, 2100);
        backup("n1", "backup3", 3000, 3100);
        assertThat(latest()).isEqualTo("backup3");
        assertThat(complete()).isEqualTo("backup1");
        backup("n3", "backup2", 2000, 3500);
        assertThat(latest()).isEqualTo("backup3");
        assertThat(complete()).as("its last node ended after backup3 began").isEqualTo("backup2");
        backup("n2", "backup3", 3000, 3200);
        backup("n3", "backup3", 3000, 3300);
        assertThat(complete()).as("backup3 was completed before backup2").isEqualTo("backup2");
    }

    @Test
    void aNodeThatIsNotOfTheRingDecidesNothing() {
        for (String node : new String[] {"n1", "n2", "n3"}) {
            backup(node, "backup1", 1000, 1100);
            backup(node, "backup2", 2000, 2100);
        }
        backup("stray", "backup1", 1000, 9000);
        assertThat(complete()).isEqualTo("backup2");
    }

    private static final String DC1 = ringOf("dc1", "", "a1", "a2");
    private static final String DC2 = ringOf("dc2", "", "b1", "b2");

    private ClusterBackup found(String name) {
        return catalog.findClusterBackup(new BackupName(name)).orElseThrow();
    }

    private List<String> needed() {
        return catalog.newestClusterBackups().needed().stream()
                .map(backup -> backup.name().value())
                .toList();
    }

    @Test
    void aBackupThatOneDatacenterHasNotFinishedIsNotComplete() {
        backup("b1", "monday", DC2, 1000, 1100);
        backup("b2", "monday", DC2, 1000, 1100);
        begin("a1", "monday", DC1, 1001);
        ClusterBackup monday = found("monday");
        assertThat(monday.isComplete()).isFalse();
        assertThat(monday.tokenMap().names()).extracting(NodeName::value).containsExactly("b1", "b2", "a1", "a2");
        assertThat(monday.incompleteNodes())
                .extracting(backup -> backup.node().value())
                .containsExactly("a1");
        assertThat(monday.missingNodes()).extracting(NodeName::value).containsExactly("a2");
        assertThat(complete()).isEqualTo("none");
        assertThat(catalog.clusterBackups().get(0).isComplete())
                .as("as list-backups sees it")
                .isFalse();
        backup("a1", "monday", DC1, 1001, 1200);
        backup("a2", "monday", DC1, 1001, 1300);
        assertThat(found("monday").finished()).contains(Instant.ofEpochSecond(1300));
        assertThat(complete()).isEqualTo("monday");
    }

    @Test
    void aBackupOfOneDatacenterDoesNotStandForOneOfBoth() {
        for (String node : List.of("a1", "a2", "b1", "b2")) {
            backup(node, "sunday", node.startsWith("a") ? DC1 : DC2, 500, 600);
            backup(node, "monday", node.startsWith("a") ? DC1 : DC2, 1000, 1100);
        }
        backup("b1", "tuesday", DC2, 2000, 2100);
        backup("b2", "tuesday", DC2, 2000, 2100);
        assertThat(needed()).as("a purge keeps them").containsExactly("tuesday", "monday");
        backup("a1", "tuesday", DC1, 2000, 2200);
        assertThat(needed()).containsExactly("monday");
        backup("a2", "tuesday", DC1, 2000, 2200);
        assertThat(needed()).containsExactly("tuesday");
    }

    @Test
    void aDatacenterThatWasKnownAndTookNoPartIsMissedInTheLastCompleteBackup() {
        String withoutDc1 = ringOf("dc2", ", \"other_dcs\": [\"dc1\"]", "b1", "b2");
        String withoutDc2 = ringOf("dc1", ", \"other_dcs\": [\"dc2\"]", "a1", "a2");
        backup("b1", "tuesday", withoutDc1, 2000, 2100);
        backup("b2", "tuesday", withoutDc1, 2000, 2100);
        assertThat(found("tuesday").otherDatacenters()).containsExactly("dc1");
        assertThat(complete()).as("there is none of both").isEqualTo("tuesday");
        for (String node : List.of("a1", "a2", "b1", "b2")) {
            backup(node, "monday", node.startsWith("a") ? withoutDc2 : withoutDc1, 1000, 1100);
        }
        assertThat(found("monday").otherDatacenters()).isEmpty();
        assertThat(complete()).isEqualTo("monday");
    }

    @Test
    void aNodeThatJoinedDuringTheBackupIsNotOfItsRing() {
        backup("a1", "monday", DC1, 1000, 1100);
        backup("a2", "monday", DC1, 1000, 1100);
        begin("a3", "monday", ringOf("dc1", "", "a1", "a2", "a3"), 1050);
        assertThat(found("monday").isComplete()).isTrue();
    }
}
