package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.purge.PurgeBackups;
import io.medusa.report.Text;
import io.medusa.repository.PurgeProgress;
import io.medusa.transfer.Background;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The purge of this node that runs in the service: at most one, whoever asked for it. It continues when its clients are gone. */
final class PurgeTasks {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeTasks.class);
    private static final String KEY = "purge";

    private final Program program;
    private final Duration report;
    private final Duration longest;
    private volatile @Nullable PurgeProgress running;
    private final NodeTasks<String, PurgeBackups.Result> tasks = new NodeTasks<>("purge");

    PurgeTasks(Program program) {
        this(program, Duration.ofMinutes(5), Duration.ofHours(1));
    }

    /**
     * @param report the time between two log lines while somebody waits
     * @param longest how long a client waits; some have no deadline of their own, and do nothing else meanwhile
     */
    PurgeTasks(Program program, Duration report, Duration longest) {
        this.program = program;
        this.report = report;
        this.longest = longest;
    }

    /** Deletes this node's backups that have expired by the configured rules; waits for the purge that is running, if one is. */
    PurgeBackups.Result run() {
        return join().await();
    }

    private Background<PurgeBackups.Result> join() {
        return tasks.join(KEY, KEY, "of expired backups", progress -> purge()).background();
    }

    /**
     * The same for a client, which waits for a limited time.
     *
     * @throws MedusaException the failure of the purge; of kind TIMEOUT if it takes longer, and then it continues
     */
    PurgeBackups.Result runForClient() {
        Background<PurgeBackups.Result> purge = join();
        Duration waited = Duration.ZERO;
        while (!purge.awaitEnd(report)) {
            waited = waited.plus(report);
            if (waited.compareTo(longest) >= 0) {
                throw new MedusaException(
                        FailureKind.TIMEOUT,
                        "the purge of this node is still running after " + Text.duration(waited) + progress()
                                + ", and continues. Call again to wait for it");
            }
            LOG.info("Still purging, after {}{}", Text.duration(waited), progress());
        }
        return purge.await();
    }

    private PurgeBackups.Result purge() {
        try (Medusa medusa = program.open()) {
            PurgeBackups flow = medusa.purgeBackups();
            flow.progress().onReport(this::send);
            running = flow.progress();
            PurgeBackups.Result result = medusa.measured()
                    .purge(
                            flow,
                            List.of(medusa.node()),
                            medusa.requests().retention(),
                            medusa.requests().deletion(false));
            LOG.info(
                    "Deleted {}: {}",
                    Count.of(result.removed().size(), "backup"),
                    Count.of(result.objects(), "object"));
            result.failed().forEach((node, why) -> LOG.error("Purging node {} failed: {}", node, why));
            return result;
        } catch (MedusaException failed) {
            // nobody may be waiting for it any more
            LOG.error("Purging failed: {}", failed.getMessage());
            throw failed;
        }
    }

    /** In a call of its own, since the metrics of a call are handed over at its end. */
    private void send(PurgeProgress progress) {
        try (Medusa medusa = program.open()) {
            medusa.measured().purging(progress);
        } catch (MedusaException failed) {
            LOG.warn("The progress of the purge is not in the metrics: {}", failed.getMessage());
        }
    }

    /** For messages; empty before it has begun. */
    private String progress() {
        PurgeProgress progress = running;
        return progress == null ? "" : " (" + progress + ")";
    }

    NodeTasks<String, PurgeBackups.Result> tasks() {
        return tasks;
    }
}
