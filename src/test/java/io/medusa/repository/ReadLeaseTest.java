package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
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
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ReadLeaseTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("b1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");

    private final InMemoryStorage memory = new InMemoryStorage(Clock.systemUTC());

    private static List<String> leases(ObjectStorage storage) {
        try (Stream<StoredObject> objects = storage.list("index/leases/n1/")) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    private static NodeBackup backup(String node) {
        return new NodeBackup(
                new NodeName(node), NAME, BackupMode.DIFFERENTIAL, Instant.ofEpochSecond(1), Instant.ofEpochSecond(2));
    }

    private void manifest(String node, String text) {
        memory.put(LAYOUT.meta(new NodeName(node), NAME, RepositoryLayout.MANIFEST), ObjectSource.OfBytes.utf8(text));
    }

    private static ReadLease lease(ObjectStorage storage, Clock clock, String... nodes) {
        return ReadLease.take(
                new Bucket(storage, LAYOUT, new TransferPool(2, false, Progress.NONE), clock),
                Stream.of(nodes).map(ReadLeaseTest::backup).toList());
    }

    @Test
    void isSeenUntilItIsClosed() {
        try (ReadLease lease = new BackupCatalog(memory, LAYOUT).readLease(List.of(backup("n1")))) {
            assertThat(leases(memory)).hasSize(1);
            Leases live = Leases.live(memory, LAYOUT, NODE, Clock.systemUTC().instant());
            assertThat(live.backups()).containsExactly(NAME);
            assertThat(live.isBackupRunning()).as("the pool may be collected").isFalse();
        }
        assertThat(leases(memory)).isEmpty();
    }

    @Test
    void whatIsBeingDeletedIsNotReadAnyMore() {
        PendingDeletions.announce(memory, LAYOUT, Clock.systemUTC(), NODE, Set.of(NAME), List.of());
        assertThatThrownBy(() -> lease(memory, Clock.systemUTC(), "n0", "n1"))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BACKUP_UNKNOWN))
                .hasMessageContaining("is being deleted");
        assertThat(leases(memory)).isEmpty();
        assertThat(memory.list("index/leases/"))
                .as("those on the other nodes neither")
                .isEmpty();
    }

    @Test
    void whoMayOnlyReadGoesOnWithoutItAndStillNoticesWhatWasDeleted() {
        manifest("n1", "[]");
        FaultyStorage readOnly = new FaultyStorage(memory, (method, what) -> {
            if (method.equals("put") || method.equals("deleteAll")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "denied");
            }
        });
        try (ReadLease lease = lease(readOnly, Clock.systemUTC(), "n1")) {
            assertThat(leases(memory)).isEmpty();
            lease.confirm("Nothing was changed.");
            memory.deleteAll(List.of(LAYOUT.meta(NODE, NAME, RepositoryLayout.MANIFEST)));
            assertThatThrownBy(() -> lease.confirm("Nothing was changed."))
                    .hasMessageStartingWith("backup b1 of node n1 was deleted meanwhile")
                    .hasMessageEndingWith(". Nothing was changed.");
        }
    }

    @Test
    void afterASuspensionItCountsAgainAndOnlyForWhatIsStillThere() {
        Instant[] now = {Instant.parse("2026-11-27T00:00:00Z")};
        InstantSource source = () -> now[0];
        Clock clock = source.withZone(ZoneOffset.UTC);
        InMemoryStorage store = new InMemoryStorage(clock);
        for (String node : List.of("n1", "n2")) {
            store.put(
                    LAYOUT.meta(new NodeName(node), NAME, RepositoryLayout.MANIFEST), ObjectSource.OfBytes.utf8("[]"));
        }
        try (ReadLease lease = lease(store, clock, "n1", "n2")) {
            now[0] = now[0].plus(Duration.ofHours(5));
            assertThat(Leases.live(store, LAYOUT, NODE, now[0]).backups()).isEmpty();
            lease.confirm("Nothing was changed.");
            assertThat(Leases.live(store, LAYOUT, NODE, now[0]).backups()).containsExactly(NAME);
            now[0] = now[0].plus(Duration.ofHours(5));
            store.put(LAYOUT.meta(NODE, NAME, RepositoryLayout.MANIFEST), ObjectSource.OfBytes.utf8("[{}]"));
            assertThatThrownBy(() -> lease.confirm("Nothing was changed."))
                    .hasMessageStartingWith("backup b1 of node n1 was replaced by another of the same name");
        }
    }

    @Test
    void anAnnouncementOfWhoWasBlindToTheLeaseIsNoticed() {
        manifest("n1", "[]");
        try (ReadLease lease = lease(memory, Clock.systemUTC(), "n1")) {
            PendingDeletions.announce(memory, LAYOUT, Clock.systemUTC(), NODE, Set.of(NAME), List.of());
            assertThatThrownBy(() -> lease.confirm("Nothing was changed.")).hasMessageContaining("is being deleted");
        }
    }
}
