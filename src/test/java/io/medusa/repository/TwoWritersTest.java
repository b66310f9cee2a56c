package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.os.ProcessIdentity;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.InMemoryStorage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Of those who back up under one node's name at the same time, at most one goes on. */
final class TwoWritersTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
    private final InstantSource time = now::get;
    private final Clock clock = time.withZone(ZoneOffset.UTC);
    private final InMemoryStorage memory = new InMemoryStorage(clock);

    private Lease lease(ObjectStorage storage, String name, String lock) {
        return new WriterClaim(Optional.of(lock), Optional.empty(), Duration.ZERO)
                .take(
                        new Bucket(storage, LAYOUT, clock),
                        new BackupTarget(NODE, new BackupName(name), BackupMode.DIFFERENTIAL));
    }

    private Lease lease(String name, String lock) {
        return lease(memory, name, lock);
    }

    private void pass(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
    }

    private List<String> leases() {
        try (Stream<StoredObject> objects = memory.list("index/leases/n1/")) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    private void lease(ProcessIdentity process) {
        memory.put(
                new ObjectKey("index/leases/n1/other.json"),
                ObjectSource.OfBytes.utf8(
                        "{\"node\": \"n1\", \"backup\": \"theirs\", \"purpose\": \"backup\", \"pid\": "
                                + process.pid() + ", \"host\": \"" + process.host() + "\", \"user\": \""
                                + process.user()
                                + "\", \"boot\": \"" + process.boot() + "\", \"namespace\": \"" + process.namespace()
                                + "\", \"start\": \"" + process.start()
                                + "\", \"state\": \"held\", \"taken\": 1772323000}"));
    }

    private static void isBusy(org.assertj.core.api.ThrowableAssert.ThrowingCallable work, String... words) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.BUSY))
                .message()
                .contains(words);
    }

    @Test
    void aSecondWriterIsRefusedWithWhoAndSinceWhenAndUntilWhen() {
        try (Lease first = lease("one", "1:1")) {
            pass(Duration.ofMinutes(5));
            isBusy(
                    () -> lease("two", "1:2"),
                    "as one by process " + ProcessHandle.current().pid(),
                    "since 2026-03-01T00:00:00Z",
                    "expires at 2026-03-01T01:00:00Z",
                    "index/leases/n1/");
            assertThat(leases()).hasSize(1);
            assertThat(first.isLapsed()).isFalse();
        }
        lease("two", "1:2").close();
        assertThat(leases()).isEmpty();
    }

    @Test
    void aReaderKeepsNobodyFromWriting() {
        NodeBackup old = new NodeBackup(
                NODE, new BackupName("old"), BackupMode.FULL, Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
        try (ReadLease reader = new BackupCatalog(memory, LAYOUT).readLease(List.of(old))) {
            lease("new", "1:1").close();
            assertThat(leases()).hasSize(1);
        }
    }

    @Test
    void aDeadProcessOfThisMachineIsNoObstacle() {
        ProcessIdentity own = ProcessIdentity.own();
        // a pid that no Linux gives
        lease(new ProcessIdentity(own.host(), 1 << 29, own.user(), own.boot(), own.namespace(), "1"));
        lease("new", "1:1").close();
        assertThat(leases()).isEmpty();
        // a pid that is used again
        lease(new ProcessIdentity(own.host(), own.pid(), own.user(), own.boot(), own.namespace(), "1"));
        lease("new", "1:1").close();
        assertThat(leases()).isEmpty();
    }

    @Test
    void aLiveProcessOrAnotherMachineIsOne() {
        ProcessIdentity own = ProcessIdentity.own();
        lease(own);
        isBusy(() -> lease("new", "1:1"), "as theirs by process " + own.pid());
        lease(new ProcessIdentity("db7", 1 << 29, "cassandra", "another-boot", own.namespace(), "1"));
        isBusy(() -> lease("new", "1:1"), "user cassandra on host db7");
        pass(Lease.VALID_FOR.plusSeconds(1));
        lease("new", "1:1").close();
    }

    @Test
    void aRunThatHeldTheLockThatThisOneHoldsIsOver() {
        lease("one", "1:1");
        lease("one", "1:1").close();
        assertThat(leases()).isEmpty();
    }

    @Test
    void ofTwoThatClaimTheNodeInTheSameInstantOneGoesOn() {
        // the second claims between the first one's claim and its look
        List<String> outcomes = new ArrayList<>();
        boolean[] begun = {false};
        FaultyStorage storage = new FaultyStorage(memory, (method, what) -> {
            if (method.equals("list") && what.startsWith("index/leases/") && !begun[0] && !leases().isEmpty()) {
                begun[0] = true;
                try {
                    lease("second", "1:2");
                    outcomes.add("second");
                } catch (MedusaException refused) {
                    assertThat(refused.kind()).isEqualTo(FailureKind.BUSY);
                }
            }
        });
        try {
            lease(storage, "first", "1:1");
            outcomes.add("first");
        } catch (MedusaException refused) {
            assertThat(refused.kind()).isEqualTo(FailureKind.BUSY);
        }
        assertThat(outcomes).hasSizeLessThanOrEqualTo(1);
        assertThat(leases()).hasSize(outcomes.size());
    }

    @Test
    void whoStoodStillWritesNothingOnceAnotherMayHaveTheNode() {
        Lease asleep = lease("one", "1:1");
        pass(Duration.ofHours(2));
        try (Lease other = lease("two", "1:2")) {
            List<String> before = leases();
            assertThatThrownBy(asleep::ensure).hasMessageContaining("paused for");
            assertThatThrownBy(() -> asleep.confirm(LAYOUT)).hasMessageContaining("paused for");
            other.confirm(LAYOUT);
            assertThat(leases()).isEqualTo(before);
        }
    }

    @Test
    void whoMayNotDeleteLeavesNothingInTheWay() {
        FaultyStorage keeping = new FaultyStorage(memory, (method, what) -> {
            if (method.equals("deleteAll")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "denied");
            }
        });
        lease(keeping, "one", "1:1").close();
        assertThat(leases()).hasSize(1);
        assertThat(Leases.live(memory, LAYOUT, NODE, now.get()).isBackupRunning())
                .isFalse();
        lease("two", "1:2").close();
        // and a process that was killed
        lease(keeping, "three", "1:1");
        lease(keeping, "three", "1:1").close();
    }
}
