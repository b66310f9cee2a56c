package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.repository.VerificationState.Result;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.ForwardingObjectStorage;
import io.medusa.testing.InMemoryStorage;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class VerificationsTest {
    private static final BackupName B1 = new BackupName("b1");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final Instant T = Instant.ofEpochSecond(1_700_000_000);

    private final InMemoryStorage storage = new InMemoryStorage(Clock.systemUTC());

    @BeforeEach
    void oneBackup() {
        storage.put(new ObjectKey("index/backup_index/b1/tokenmap_n1.json"), ObjectSource.OfBytes.utf8("{}"));
    }

    private static Verifications in(ObjectStorage storage) {
        return new Verifications(new Bucket(storage, LAYOUT, Clock.systemUTC()));
    }

    private static OpenFinding damaged(String key) {
        return new OpenFinding(Optional.of(new NodeName("n1")), key, "different", "content", T, T, "", Set.of(B1), 1);
    }

    private static Verifications.Change change(
            Instant at, String level, Collection<OpenFinding> cleared, Collection<OpenFinding> put) {
        return new Verifications.Change(Map.of(B1, new Result(at, put.size())), level, cleared, put, Optional.empty());
    }

    private List<String> keys(VerificationState state) {
        return state.open().stream().map(OpenFinding::key).sorted().toList();
    }

    private long records() {
        return storage.list("index/verified/").count();
    }

    /** Runs something after the records were read and before the new one is stored. */
    private ObjectStorage meanwhile(Runnable action) {
        return new ForwardingObjectStorage(storage) {
            private boolean done;

            @Override
            public List<String> directories(String prefix) {
                if (!done) {
                    done = true;
                    action.run();
                }
                return super.directories(prefix);
            }
        };
    }

    @Test
    void eachLevelHasItsLastResult() {
        in(storage).record(change(T, "content", List.of(), List.of(damaged("k"))), T);
        in(storage).record(change(T.plusSeconds(5), "exists", List.of(), List.of()), T.plusSeconds(5));
        in(storage).record(change(T.plusSeconds(3), "exists", List.of(), List.of(damaged("l"))), T.plusSeconds(9));
        VerificationState state = in(storage).state();
        assertThat(state.results().get(B1))
                .containsOnly(
                        Map.entry("content", new Result(T, 1)), Map.entry("exists", new Result(T.plusSeconds(5), 0)));
        assertThat(keys(state)).containsExactly("k", "l");
        assertThat(records()).isEqualTo(1);
    }

    @Test
    void ofTwoVerifiersAtOnceNeitherForgetsWhatTheOtherFound() {
        in(storage).record(change(T, "content", List.of(), List.of(damaged("old"))), T);
        ObjectStorage slow = meanwhile(() -> in(storage)
                .record(change(T.plusSeconds(1), "content", List.of(), List.of(damaged("a"))), T.plusSeconds(1)));
        in(slow).record(change(T.plusSeconds(2), "exists", List.of(), List.of(damaged("b"))), T.plusSeconds(2));
        assertThat(records()).isEqualTo(2);
        assertThat(keys(in(storage).state())).containsExactly("a", "b", "old");
        in(storage).record(change(T.plusSeconds(3), "exists", List.of(), List.of()), T.plusSeconds(3));
        assertThat(records()).isEqualTo(1);
        assertThat(keys(in(storage).state())).containsExactly("a", "b", "old");
    }

    @Test
    void whatOneClearsIsNotBroughtBackByTheOtherUnlessItFoundItAgain() {
        in(storage).record(change(T, "content", List.of(), List.of(damaged("x"), damaged("y"))), T);
        List<OpenFinding> known = in(storage).state().open();
        ObjectStorage slow = meanwhile(
                () -> in(storage).record(change(T.plusSeconds(1), "content", known, List.of()), T.plusSeconds(1)));
        List<OpenFinding> again =
                known.stream().filter(finding -> finding.key().equals("y")).toList();
        in(slow).record(change(T.plusSeconds(2), "content", again, List.of(damaged("y"))), T.plusSeconds(2));
        assertThat(keys(in(storage).state())).containsExactly("y");
    }

    @Test
    void aStoreThatKeepsEverythingShowsTheNewest() {
        ObjectStorage locked = new ForwardingObjectStorage(storage) {
            @Override
            public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
                return List.copyOf(keys);
            }
        };
        in(locked).record(change(T, "content", List.of(), List.of(damaged("x"))), T);
        for (int i = 1; i <= 5; i++) {
            Instant at = T.plus(Duration.ofDays(100L * i));
            in(locked).record(change(at, "content", in(locked).state().open(), List.of()), at);
        }
        assertThat(records()).isEqualTo(6);
        List<ObjectKey> opened = new ArrayList<>();
        ObjectStorage counting = new ForwardingObjectStorage(storage) {
            @Override
            public Optional<java.io.InputStream> open(ObjectKey key, long offset, long length) {
                opened.add(key);
                return super.open(key, offset, length);
            }
        };
        assertThat(in(counting).state().open()).isEmpty();
        assertThat(opened).hasSize(1);
    }

    @Test
    void beyondTheLimitProblemsAreCounted() {
        List<OpenFinding> many = IntStream.range(0, VerificationRecord.MOST_KEYS + 5)
                .mapToObj(i -> damaged("key-" + i))
                .toList();
        in(storage).record(change(T, "content", List.of(), many), T);
        VerificationState state = in(storage).state();
        assertThat(state.findings()).isEqualTo(many.size());
        assertThat(state.open().stream().filter(finding -> !finding.isListed()))
                .singleElement()
                .extracting(OpenFinding::count)
                .isEqualTo(5L);
    }

    @Test
    void aDamagedRecordIsKeptUntilAllBackupsAreVerified() {
        storage.put(new ObjectKey("index/verified/000000000001-x.json"), ObjectSource.OfBytes.utf8("{\"vers"));
        in(storage).record(change(T, "exists", List.of(), List.of()), T);
        assertThat(records()).isEqualTo(2);
        in(storage)
                .record(
                        new Verifications.Change(
                                Map.of(),
                                "exists",
                                List.of(),
                                List.of(),
                                Optional.of(new VerificationState.Round(T, "host", 1))),
                        T.plusSeconds(1));
        assertThat(records()).isEqualTo(1);
    }

    @Test
    void problemsOfBackupsThatAreGoneAreForgottenButNotThoseTheIndexLacks() {
        in(storage).record(change(T, "content", List.of(), List.of(damaged("x"))), T);
        storage.deleteAll(List.of(new ObjectKey("index/backup_index/b1/tokenmap_n1.json")));
        storage.put(new ObjectKey("n1/b1/meta/manifest.json"), ObjectSource.OfBytes.utf8("[]"));
        assertThat(in(storage).stateOfExisting().findings()).isEqualTo(1);
        storage.deleteAll(List.of(new ObjectKey("n1/b1/meta/manifest.json")));
        assertThat(in(storage).stateOfExisting().findings()).isZero();
    }

    @Test
    void ofHostsThatClaimTheVerificationOneHasIt() {
        Bucket bucket = new Bucket(storage, LAYOUT, Clock.systemUTC());
        VerificationClaim.Attempt first = VerificationClaim.take(bucket, Duration.ZERO);
        assertThat(first.claim()).isPresent();
        VerificationClaim.Attempt second = VerificationClaim.take(bucket, Duration.ZERO);
        assertThat(second.claim()).isEmpty();
        assertThat(second.holder()).isPresent();
        first.claim().get().close();
        assertThat(storage.list("index/verifying/")).isEmpty();
        VerificationClaim.Attempt third = VerificationClaim.take(bucket, Duration.ZERO);
        assertThat(third.claim()).isPresent();
        third.claim().get().close();
    }

    private static ClusterBackup copied(Instant started) {
        NodeName node = new NodeName("n1");
        return new ClusterBackup(
                B1,
                List.of(new NodeBackup(node, B1, BackupMode.DIFFERENTIAL, started, started)),
                new TokenMap(Map.of(node, new TokenMap.Node(List.of(BigInteger.ONE), true, true, "r1", "dc1"))));
    }

    @Test
    void damageOfThePoolOutlivesAnIndexWithLaterTimes() {
        VerificationState state = new VerificationState(
                Map.of(), List.of(damaged("p/n1/data/ks/t/x"), damaged("p/n1/b1/data/ks/t/y")), Map.of());
        assertThat(state.of(copied(T)).open()).isEqualTo(2);
        assertThat(state.of(copied(T.plusSeconds(60))).open())
                .as("the other was damage of an earlier backup of this name")
                .isEqualTo(1);
    }

    @Test
    void whoMayNotReadTheRecordsKnowsNothing() {
        in(storage).record(change(T, "content", List.of(), List.of(damaged("k"))), T);
        FaultyStorage denied = new FaultyStorage(storage, (method, key) -> {
            if (key.startsWith("index/verified/")) {
                throw new MedusaException(FailureKind.STORAGE_DENIED, "no");
            }
        });
        assertThat(in(denied).stateIfReadable()).isEqualTo(VerificationState.NONE);
        assertThatThrownBy(() -> in(denied).state()).isInstanceOf(MedusaException.class);
    }
}
