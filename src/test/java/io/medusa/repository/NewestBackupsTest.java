package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.InMemoryStorage;
import java.time.Clock;
import org.junit.jupiter.api.Test;

/** Which cluster backup is the latest, and which was completed last, while nodes finish in all kinds of orders. */
final class NewestBackupsTest {
    private static final String RING =
            "{\"n1\": {\"tokens\": [1]}, \"n2\": {\"tokens\": [2]}, \"n3\": {\"tokens\": [3]}}";

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());
    private final BackupRepository repository = new BackupRepository(storage, new RepositoryLayout(""));

    private void put(String key, String text) {
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private void backup(String node, String name, long started, long finished) {
        put(node + "/" + name + "/meta/schema.cql", "");
        put(node + "/" + name + "/meta/manifest.json", "[]");
        String index = "index/backup_index/" + name + "/";
        put(index + "tokenmap_" + node + ".json", RING);
        put(index + "schema_" + node + ".cql", "");
        put(index + "started_" + node + "_" + started + ".timestamp", "");
        put(index + "manifest_" + node + ".json", "[]");
        put(index + "finished_" + node + "_" + finished + ".timestamp", "");
    }

    private String latest() {
        return repository
                .newestClusterBackups()
                .latest()
                .map(found -> found.name().value())
                .orElse("none");
    }

    private String complete() {
        return repository
                .newestClusterBackups()
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
}
