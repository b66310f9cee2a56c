package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.app.Verification;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.report.Text;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa verify}. */
@Command(
        name = "verify",
        description = {
            "Compare backups with the objects in the bucket. Records the result in the bucket; changes no backup.",
            "A problem stays recorded until a check at least as deep finds the object good.",
            "Levels: exists compares names and sizes; sample also reads some objects, content all of them; "
                    + "sstable also checks data against Cassandra's own checksums. Exits with 1 if it finds a problem."
        },
        footer = {
            "  medusa verify --backup-name monday",
            "  medusa verify --all --level content --checkpoint /var/tmp/medusa-verify",
            "  medusa verify --all --level sample --if-older-than 3"
        })
final class VerifyCommand extends NodeCommand {
    private static final int SAMPLE = 10;
    private static final Logger LOG = LoggerFactory.getLogger(VerifyCommand.class);

    @Option(names = "--backup-name", paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(
            names = "--all",
            description = "Verify all backups of all nodes, checking each object once, and count orphaned objects.")
    boolean all;

    @Option(
            names = "--level",
            paramLabel = "exists|sample|content|sstable",
            description = "How thoroughly to check (default: exists).")
    @Nullable
    Depth level;

    @Option(
            names = "--percent",
            paramLabel = "N",
            description = "Percentage of objects that --level sample reads (default: 10).")
    @Nullable
    Integer percent;

    @Option(
            names = "--if-older-than",
            paramLabel = "DAYS",
            description = "With --all, do nothing if a verification at this level or deeper began within DAYS on any"
                    + " host, or is running on another one. With it, all nodes can share one schedule.")
    @Nullable
    Integer ifOlderThan;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Record progress in FILE, and resume from it if it exists.")
    @Nullable
    Path checkpoint;

    @Option(
            names = "--enable-md5-checks",
            description = "Also read and compare every object whose hash the listing does not show.")
    boolean enableMd5Checks;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    /** The levels by the names that users write. */
    enum Depth {
        exists(Level.EXISTS),
        sample(Level.SAMPLE),
        content(Level.CONTENT),
        sstable(Level.SSTABLE);

        private final Level level;

        Depth(Level level) {
            this.level = level;
        }
    }

    @Override
    int run(Medusa medusa) {
        if (all == (backupName != null)) {
            throw usage(
                    all ? "--all and --backup-name cannot be combined" : "Missing option '--backup-name' (or --all).");
        }
        if (percent != null && (percent < 1 || percent > 100)) {
            throw usage("--percent must be from 1 to 100");
        }
        if (percent != null && level != Depth.sample) {
            throw usage("--percent needs --level sample");
        }
        if (ifOlderThan != null && (!all || ifOlderThan < 1)) {
            throw usage("--if-older-than needs --all and at least 1 day");
        }
        Level wanted = levelOf(medusa);
        VerifyBackup.Request request = medusa.requests()
                .verify()
                .of(Optional.ofNullable(backupName).map(BackupName::new))
                .at(wanted)
                .sampling(percent == null ? SAMPLE : percent)
                .recordedIn(Optional.ofNullable(checkpoint));
        if (ifOlderThan == null) {
            return tell(medusa.verification().run(request), wanted);
        }
        Verification.Shared shared = medusa.verification().runUnlessRecent(request, Duration.ofDays(ifOlderThan));
        return shared.outcome().map(outcome -> tell(outcome, wanted)).orElseGet(() -> tellSkipped(shared));
    }

    private int tellSkipped(Verification.Shared shared) {
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "skipped", shared.reason(), "open_findings", shared.state().findings())));
        }
        LOG.info("Nothing to do: {}", shared.reason());
        if (shared.state().findings() > 0) {
            LOG.warn(
                    "{} found by earlier verifications {} not been cleared. medusa verify --all lists them",
                    Count.of(shared.state().findings(), "problem"),
                    shared.state().findings() == 1 ? "has" : "have");
        }
        return 0;
    }

    private int tell(Verification.Outcome outcome, Level wanted) {
        VerifyBackup.Report report = outcome.report();
        if (output == OutputFormat.json) {
            print(Json.document(all ? VerifyJson.ofAll(outcome, wanted) : VerifyJson.ofOne(outcome, wanted)));
        } else {
            report.results().forEach(result -> VerifyText.of(result).forEach(this::print));
            if (!all) {
                VerifyText.sharing(report).forEach(LOG::warn);
            }
        }
        LOG.info("{}", VerifyText.done(outcome, wanted));
        if (report.orphans().objects() > 0) {
            LOG.info(
                    "{} ({}) belong to no backup in the index. medusa purge deletes orphans once they are past"
                            + " the grace period",
                    Count.of(report.orphans().objects(), "data object"),
                    Text.size(report.orphans().bytes()));
        }
        VerifyText.problems(report).forEach(LOG::error);
        int status = 0;
        for (VerifyBackup.Result result : report.results()) {
            status = worse(status, tell(result));
        }
        return status;
    }

    private Level levelOf(Medusa medusa) {
        Level wanted = level == null ? Level.EXISTS : level.level;
        boolean hashes = enableMd5Checks || (level == null && medusa.requests().compareHashes());
        return hashes && wanted == Level.EXISTS ? Level.HASHES : wanted;
    }

    /** Says what is wrong and gives the status. Among all backups one that still runs is no failure. */
    private int tell(VerifyBackup.Result result) {
        if (!result.backup().scope().isAll()) {
            LOG.warn(
                    "Backup {} is partial: only {}",
                    result.backup().name(),
                    result.backup().scope());
        }
        if (!result.isComplete() && !(all && result.problems() == 0)) {
            error("Backup is incomplete");
            return 1;
        }
        if (result.problems() > 0) {
            error("Manifest validation failed");
            return 1;
        }
        return result.damaged().isEmpty() ? 0 : FINISHED_WITH_DAMAGE;
    }

    /** What the Python Medusa says of one backup; of all backups, the summary says it. */
    private void error(String what) {
        if (!all) {
            LOG.error(what);
        }
    }

    private static int worse(int a, int b) {
        return a == 1 || b == 1 ? 1 : Math.max(a, b);
    }
}
