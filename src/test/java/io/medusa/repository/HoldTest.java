package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.InMemoryStorage;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class HoldTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("b1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");

    private final InMemoryStorage memory = new InMemoryStorage(Clock.systemUTC());

    private static List<String> leases(ObjectStorage storage) {
        try (Stream<StoredObject> objects = storage.list("index/leases/n1/")) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    @Test
    void isSeenUntilItIsClosed() {
        try (Hold hold = new BackupRepository(memory, LAYOUT).hold(NODE, NAME)) {
            assertThat(leases(memory)).hasSize(1);
            Leases live = Leases.live(memory, LAYOUT, NODE, Clock.systemUTC().instant());
            assertThat(live.backups()).containsExactly(NAME);
            assertThat(live.isBackupRunning()).as("the pool may be collected").isFalse();
        }
        assertThat(leases(memory)).isEmpty();
    }

    @Test
    void whatIsBeingDeletedIsNotReadAnyMore() {
        Condemned.announce(memory, LAYOUT, Clock.systemUTC(), NODE, Set.of(NAME), List.of());
        assertThatThrownBy(() -> new BackupRepository(memory, LAYOUT).hold(NODE, NAME))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BACKUP_UNKNOWN))
                .hasMessageContaining("is being deleted");
        assertThat(leases(memory)).isEmpty();
    }

    @Test
    void whoMayOnlyReadGoesOnWithoutIt() {
        FaultyStorage readOnly = new FaultyStorage(memory, (method, what) -> {
            if (method.equals("put") || method.equals("deleteAll")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "denied");
            }
        });
        try (Hold hold = new BackupRepository(readOnly, LAYOUT).hold(NODE, NAME)) {
            assertThat(leases(memory)).isEmpty();
        }
    }
}
