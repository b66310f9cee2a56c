package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.testing.InMemoryStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store that has to keep what is to be deleted. */
final class LockedObjectsTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final String TABLE = "ks/t-0123456789abcdef0123456789abcdef";

    private final InMemoryStorage memory = new InMemoryStorage(Clock.systemUTC());
    private final BackupCatalog catalog = new BackupCatalog(memory, new RepositoryLayout(""));

    @BeforeEach
    void twoBackups() {
        for (String name : List.of("b1", "b2")) {
            String meta = "n1/" + name + "/meta/";
            String object = "n1/data/" + TABLE + "/nb-" + name.charAt(1) + "-big-Data.db";
            put(meta + "schema.cql", "");
            put(meta + "tokenmap.json", "{\"n1\": {\"tokens\": [1], \"is_up\": true}}");
            put(meta + "differential", "differential");
            put(object, "x");
            put(
                    meta + "manifest.json",
                    "[{\"keyspace\": \"ks\", \"columnfamily\": \"" + TABLE.substring(3)
                            + "\", \"objects\": [{\"path\": \"" + object
                            + "\", \"MD5\": \"9dd4e461268c8034f5c8564e155c67a6\", \"size\": 1}]}]");
        }
        new IndexBuilder(catalog.bucket()).rebuild(false);
    }

    private void put(String key, String text) {
        memory.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private Collector.Outcome deleteFirst() {
        List<NodeBackup> all = new Inventory(catalog.bucket()).backups(NODE);
        return new Collector(memory, catalog, new TransferPool(1, false, Progress.NONE), Clock.systemUTC())
                .collect(new Collector.Request(NODE, all, List.of(), all.subList(0, 1), Duration.ofSeconds(-1), false));
    }

    private List<String> listed() {
        return catalog.nodeBackups().stream()
                .map(backup -> backup.name() + (backup.isFinished() ? "" : " unfinished"))
                .toList();
    }

    @Test
    void aBackupWithALockedManifestStaysWholeAndInTheIndex() {
        memory.lock(key -> key.value().equals("n1/b1/meta/manifest.json"));
        Collector.Outcome outcome = deleteFirst();
        assertThat(outcome.removed()).isEmpty();
        assertThat(outcome.locked()).extracting(backup -> backup.name().value()).containsExactly("b1");
        assertThat(outcome.objects()).isZero();
        assertThat(listed()).containsExactlyInAnyOrder("b1", "b2");
        assertThat(memory.stat(new ObjectKey("n1/data/" + TABLE + "/nb-1-big-Data.db")))
                .isPresent();
        assertThat(catalog.readText(new ObjectKey("index/latest_backup/n1/backup_name.txt")))
                .contains("b2");
        memory.lock(key -> false);
        assertThat(deleteFirst().removed()).hasSize(1);
        assertThat(listed()).containsExactly("b2");
    }

    @Test
    void lockedDataIsCountedAndLeftForALaterPurge() {
        memory.lock(key -> key.value().contains("nb-1-big"));
        Collector.Outcome outcome = deleteFirst();
        assertThat(outcome.removed()).hasSize(1);
        assertThat(outcome.lockedObjects()).isEqualTo(1);
        assertThat(listed()).containsExactly("b2");
        assertThat(memory.stat(new ObjectKey("n1/data/" + TABLE + "/nb-1-big-Data.db")))
                .isPresent();
    }
}
