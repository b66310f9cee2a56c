package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.LoggedLines;
import io.medusa.wire.v1.PurgeRequest;
import io.medusa.wire.v1.PurgeResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A purge that takes longer than its clients can wait. */
final class PurgeTasksTest {
    @TempDir
    Path directory;

    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private final AtomicInteger purges = new AtomicInteger();
    private ServedNode served;
    private Program slow;

    @BeforeEach
    void backups() throws Exception {
        served = new ServedNode(directory, "n1");
        served.node().sstable("ks", "t", 1, "a");
        for (String name : new String[] {"b1", "b2"}) {
            new Cli(served.ini())
                    .with("TMPDIR", directory.toString())
                    .onNode(served::cassandra)
                    .run("backup", "--backup-name", name)
                    .ok();
            Await.nextSecond();
        }
        Program usual = served.program();
        slow = shown -> {
            purges.incrementAndGet();
            try {
                mayGoOn.await();
            } catch (InterruptedException interrupted) {
                throw Failures.interrupted(interrupted);
            }
            return usual.open(shown);
        };
    }

    @AfterEach
    void close() throws Exception {
        mayGoOn.countDown();
        served.close();
    }

    @Test
    void aClientWaitsOnlySoLongForAPurgeThatContinuesAndTheNextOneJoinsIt() throws Exception {
        PurgeTasks tasks = new PurgeTasks(slow, Duration.ofMillis(5), Duration.ofMillis(20));
        try (LoggedLines log = new LoggedLines(PurgeTasks.class)) {
            assertThatThrownBy(tasks::runForClient).isInstanceOfSatisfying(MedusaException.class, late -> {
                assertThat(late.kind()).isEqualTo(FailureKind.TIMEOUT);
                assertThat(late.getMessage()).contains("is still running").contains("Call again");
            });
            assertThat(log.all()).anyMatch(line -> line.contains("Still purging"));
        }
        assertThatThrownBy(tasks::runForClient).isInstanceOf(MedusaException.class);
        assertThat(purges).as("one purge for both").hasValue(1);
        mayGoOn.countDown();
        Await.until(
                "the purge ends although nobody waits",
                () -> !Files.exists(directory.resolve("bucket/n1/b1/meta/manifest.json")));
        assertThat(directory.resolve("bucket/n1/b2/meta/manifest.json")).exists();
    }

    /** The answer of {@code medusa.v1.Agent}, or its failure. */
    private static final class Answer implements StreamObserver<PurgeResponse> {
        private final List<PurgeResponse> responses = new ArrayList<>();
        private Status failure = Status.OK;

        @Override
        public void onNext(PurgeResponse response) {
            responses.add(response);
        }

        @Override
        public void onError(Throwable failed) {
            failure = Status.fromThrowable(failed);
        }

        @Override
        public void onCompleted() {}
    }

    private static Answer purge(AgentService agent, boolean allNodes, boolean dryRun) {
        Answer answer = new Answer();
        agent.purge(
                PurgeRequest.newBuilder()
                        .setAllNodes(allNodes)
                        .setDryRun(dryRun)
                        .build(),
                answer);
        return answer;
    }

    @Test
    @Timeout(60)
    void theAgentJoinsTheSamePurgeAndRefusesAnotherOneMeanwhile() {
        PurgeTasks tasks = new PurgeTasks(slow, Duration.ofMillis(5), Duration.ofMillis(20));
        AgentService agent = new AgentService(slow, new BackupTasks(slow, Clock.systemUTC()), tasks, false);
        assertThatThrownBy(tasks::runForClient).isInstanceOf(MedusaException.class);
        Status late = purge(agent, false, false).failure;
        assertThat(late.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(late.getDescription()).contains("is still running").contains("Call again");
        for (Status refused : List.of(purge(agent, false, true).failure, purge(agent, true, false).failure)) {
            assertThat(refused.getCode()).isEqualTo(Status.Code.ABORTED);
            assertThat(refused.getDescription()).contains("purge of expired backups of this node is running");
        }
        assertThat(purges).as("one purge for all").hasValue(1);
        mayGoOn.countDown();
        assertThat(tasks.tasks().awaitEnd(Duration.ofMinutes(1))).isTrue();
        assertThat(purge(agent, false, true).responses)
                .as("nothing is running any more")
                .containsExactly(PurgeResponse.getDefaultInstance());
    }

    @Test
    void theAgentReportsTheBackupsThatItsPurgeDeleted() {
        mayGoOn.countDown();
        PurgeTasks tasks = new PurgeTasks(slow);
        AgentService agent = new AgentService(slow, new BackupTasks(slow, Clock.systemUTC()), tasks, false);
        assertThat(purge(agent, false, false).responses).singleElement().satisfies(response -> assertThat(
                        response.getBackupsList())
                .extracting(PurgeResponse.Removed::getName)
                .containsExactly("b1"));
    }

    @Test
    void aServiceThatStopsInterruptsItsPurge() {
        PurgeTasks tasks = new PurgeTasks(slow, Duration.ofMillis(5), Duration.ofMillis(20));
        assertThatThrownBy(tasks::runForClient).isInstanceOf(MedusaException.class);
        tasks.tasks().interrupt();
        assertThat(tasks.tasks().awaitEnd(Duration.ofMinutes(1))).isTrue();
        assertThatThrownBy(tasks::run)
                .isInstanceOfSatisfying(MedusaException.class, stopped -> assertThat(stopped.kind())
                        .isEqualTo(FailureKind.BUSY));
    }
}
