package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.LoggedLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is what Cassandra was asked for: every table, and gone one day whatever becomes of us. */
class SnapshotCompletenessTest {
    @TempDir
    Path directory;

    private final List<String> asked = new ArrayList<>();
    private FakeCassandraNode fake;
    /** As Cassandra 6 does it: taking it fails for one table, and the snapshot is reported as taken. */
    private boolean losing;

    @BeforeEach
    void twoTables() throws IOException {
        fake = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        fake.sstable("shop", "customers", 1, "some");
        fake.sstable("shop", "orders", 1, "some");
    }

    private CassandraNode node() throws IOException {
        return fake.node(new SnapshotService() {
            @Override
            public void take(String tag) {
                take(tag, Duration.ZERO);
            }

            @Override
            public void take(String tag, Duration expiry) {
                asked.add(expiry.toString());
                fake.take(tag);
                if (losing) {
                    lose(tag);
                }
            }

            @Override
            public void clear(String tag) {
                fake.clear(tag);
            }
        });
    }

    private void lose(String tag) {
        Path snapshot = directory.resolve("data/shop/orders-" + FakeCassandraNode.ID + "/snapshots/" + tag);
        try (var files = Files.list(snapshot)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(snapshot);
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @Test
    void aSnapshotThatIsReportedAsTakenThoughTablesAreMissingFailsTheBackup() throws IOException {
        losing = true;
        CassandraNode node = node();

        assertThatThrownBy(() -> node.takeSnapshot(SnapshotRequest.of(new BackupName("monday"), Set.of()), false))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.CASSANDRA_FAILED))
                .hasMessageContaining("it lacks shop.orders.");
        assertThat(node.snapshotTags()).as("half a snapshot is cleared").isEmpty();
    }

    /** Cassandra still uses the directories that version 2.0 made; the schema has ids for their tables. */
    @Test
    void aDirectoryWithoutIdStandsForItsTable() throws IOException {
        fake.sstable("system", "local", 1, "some");
        CassandraNode node = fake.node(new SnapshotService() {
            @Override
            public void take(String tag) {
                fake.take(tag);
                // where such a node has them
                fake.withoutId("system", "local");
                fake.withoutId("shop", "orders");
            }

            @Override
            public void clear(String tag) {
                fake.clear(tag);
            }
        });
        SnapshotRequest request = SnapshotRequest.of(new BackupName("monday"), Set.of());

        String id;
        try (Snapshot snapshot = node.takeSnapshot(request, true)) {
            assertThat(snapshot.files().keySet())
                    .extracting(Object::toString)
                    .containsExactly("shop/customers-" + FakeCassandraNode.ID, "shop/orders", "system/local");
            id = snapshot.origin().id().orElseThrow();
        }
        try (Snapshot again = node.takeSnapshot(SnapshotRequest.of(new BackupName("monday"), Set.of(id)), false)) {
            assertThat(again.origin().id())
                    .as("used when the backup is resumed")
                    .contains(id);
        }
    }

    @Test
    void aSnapshotThatNobodyKeepsExpires() throws IOException {
        CassandraNode node = node();

        node.takeSnapshot(SnapshotRequest.of(new BackupName("monday"), Set.of()), false)
                .close();
        node.takeSnapshot(SnapshotRequest.of(new BackupName("tuesday"), Set.of()), true)
                .close();

        assertThat(asked).containsExactly(LocalCassandraNode.EXPIRY.toString(), Duration.ZERO.toString());
        assertThat(node.snapshotTags()).hasSize(1);

        asked.clear();
        var unused = node.leaveSnapshot(new BackupName("wednesday"), false);
        unused = node.leaveSnapshot(new BackupName("thursday"), true);
        assertThat(asked).containsExactly(LocalCassandraNode.EXPIRY.toString(), Duration.ZERO.toString());
        assertThat(node.snapshotTags()).as("left on the node, both").hasSize(3);
    }

    @Test
    void aBackupThatKeepsItsSnapshotUsesTheOneThatWasTakenForItThoughItExpires() throws IOException {
        CassandraNode node = node();
        String id = leaveExpiring(node);
        try (LoggedLines log = new LoggedLines(LocalCassandraNode.class)) {
            for (Set<String> known : List.of(Set.of(id), Set.<String>of())) {
                SnapshotRequest backup = SnapshotRequest.of(new BackupName("monday"), known);
                try (Snapshot used = node.takeSnapshot(backup, true)) {
                    assertThat(used.origin().id())
                            .as("of the same moment as those of the other nodes; known: " + known)
                            .contains(id);
                }
            }
            assertThat(log.all())
                    .filteredOn(line -> line.contains("was taken without --keep-snapshot"))
                    .hasSize(2);
        }
        assertThat(asked).containsExactly(LocalCassandraNode.EXPIRY.toString());
    }

    @Test
    void aSnapshotToKeepIsNotOneThatExpires() throws IOException {
        CassandraNode node = node();
        String id = leaveExpiring(node);
        SnapshotRequest later = SnapshotRequest.toLeave(new BackupName("monday"));
        try (Snapshot used = node.takeSnapshot(later, false)) {
            assertThat(used.origin().id()).as("if it is not kept").contains(id);
        }
        try (Snapshot kept = node.takeSnapshot(later, true)) {
            assertThat(kept.origin().id()).isPresent().isNotEqualTo(Optional.of(id));
        }
        assertThat(asked).containsExactly(LocalCassandraNode.EXPIRY.toString(), Duration.ZERO.toString());
        assertThat(node.snapshotTags()).hasSize(1);
    }

    /** Leaves the snapshot of monday as Cassandra marks one that expires. */
    private String leaveExpiring(CassandraNode node) throws IOException {
        String id = node.leaveSnapshot(new BackupName("monday"), false)
                .snapshot()
                .id()
                .orElseThrow();
        Path manifest = directory.resolve(
                "data/shop/orders-" + FakeCassandraNode.ID + "/snapshots/medusa-monday/manifest.json");
        Files.writeString(
                manifest,
                Files.readString(manifest)
                        .replaceFirst(
                                "^\\s*\\{",
                                "{\"created_at\": \"2026-11-28T00:00:00Z\", \"expires_at\":"
                                        + " \"2026-12-28T00:00:00Z\", "));
        return id;
    }
}
