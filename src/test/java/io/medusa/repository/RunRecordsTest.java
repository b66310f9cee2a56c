package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.catalog.ListBackups;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.storage.ObjectStorage;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.InMemoryStorage;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What runs and pins leave in the index, and what is made of it. */
final class RunRecordsTest {
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final NodeName N1 = new NodeName("n1");
    private static final NodeName N2 = new NodeName("n2");
    private static final BackupName NAME = new BackupName("monday");
    private static final Instant T = Instant.parse("2026-03-02T01:00:00Z");

    private static final BackupTarget TARGET = new BackupTarget(N1, NAME, BackupMode.DIFFERENTIAL);

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());

    private static Bucket bucket(ObjectStorage storage, Clock clock) {
        return new Bucket(storage, LAYOUT, clock);
    }

    private ListBackups readAfter(Duration time) {
        return new ListBackups(new BackupCatalog(bucket(storage, Clock.offset(Clock.systemUTC(), time))));
    }

    private void fail(FailureKind kind) {
        RunTracker run = new RunTracker(bucket(storage, Clock.systemUTC()), TARGET);
        run.failed(new MedusaException(kind, "reading the bucket failed: no"));
    }

    private static ClusterBackup backup(NodeName... ring) {
        Map<NodeName, TokenMap.Node> nodes = new HashMap<>();
        for (NodeName node : ring) {
            nodes.put(node, new TokenMap.Node(List.of(BigInteger.valueOf(nodes.size())), true, true, "r1", "dc1"));
        }
        return new ClusterBackup(
                new BackupName("earlier"),
                List.of(new NodeBackup(ring[0], new BackupName("earlier"), BackupMode.DIFFERENTIAL, T, T)),
                new TokenMap(Map.copyOf(nodes)));
    }

    @Test
    void aFailureOfTheStoreIsRecordedToo() {
        fail(FailureKind.STORAGE_DENIED);
        assertThat(readAfter(Duration.ZERO).notBegun(List.of()))
                .singleElement()
                .satisfies(run -> assertThat(run.failure().orElseThrow().kind()).isEqualTo("storage_denied"));
    }

    @Test
    void failedRunsAreForgottenAfterAWeekAndWithTheirNode() {
        fail(FailureKind.USAGE);
        assertThat(readAfter(Duration.ofDays(6)).notBegun(List.of(backup(N1, N2))))
                .hasSize(1);
        assertThat(readAfter(Duration.ofDays(8)).notBegun(List.of(backup(N1, N2))))
                .isEmpty();
        assertThat(readAfter(Duration.ZERO).notBegun(List.of(backup(N2, N1), backup(N2))))
                .as("the node has left the ring")
                .isEmpty();
        assertThat(readAfter(Duration.ZERO).notBegun(List.of(backup(N2))))
                .as("a new node")
                .hasSize(1);
    }

    @Test
    void aLongRunWritesSeldom() {
        AtomicInteger writes = new AtomicInteger();
        FaultyStorage counted = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("put")) {
                writes.incrementAndGet();
            }
        });
        Instant[] now = {T};
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now[0];
            }
        };
        RunTracker run = new RunTracker(bucket(counted, clock), TARGET);
        for (int i = 0; i < 1200; i++) {
            run.start("Uploading", 1, 1);
            run.tell();
            now[0] = now[0].plusSeconds(30);
        }
        assertThat(writes.get()).as("in 10 hours").isBetween(100, 130);
        run.phase("publish");
        run.tell();
        int before = writes.get();
        run.phase("purge");
        run.tell();
        assertThat(writes.get()).as("each phase at once").isEqualTo(before + 1);
    }

    @Test
    void aPinThatCannotBeReadPins() {
        new Pins(storage, LAYOUT, Clock.systemUTC()).pin(NAME, "audit");
        FaultyStorage denied = new FaultyStorage(storage, (method, key) -> {
            if (method.equals("open")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "no");
            }
        });
        assertThat(new Pins(denied, LAYOUT, Clock.systemUTC()).all())
                .containsExactly(new Pins.Pin(NAME, "", Instant.EPOCH));
    }
}
