package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.backup.BackupCounts;
import io.medusa.backup.BackupNode;
import io.medusa.backup.BackupPlan;
import io.medusa.backup.RoundTurn;
import io.medusa.config.Times;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.Round;
import io.medusa.model.TableScope;
import io.medusa.report.Text;
import io.medusa.storage.Traffic;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa backup}. */
@Command(
        name = "backup",
        aliases = "backup-node",
        description = {
            "Back up this node.",
            "Takes a snapshot, uploads what the bucket lacks and publishes the backup. To resume a failed or "
                    + "interrupted backup, run the same command again with its --backup-name. Timers and cron jobs use "
                    + "--scheduled, so that the backups of all nodes have one name."
        },
        footer = {
            "  medusa backup",
            "  medusa backup --scheduled",
            "  medusa backup --backup-name monday --mode full",
            "  medusa backup --table 'shop.*' --dry-run"
        })
final class BackupCommand extends NodeCommand implements Interruptible {
    private static final Logger LOG = LoggerFactory.getLogger(BackupCommand.class);

    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            description = "Name of the backup (default: the current time, as YYYYMMDDhhmm).")
    @Nullable
    String backupName;

    @Option(
            names = "--scheduled",
            description = "Join the scheduled round that began last (schedule_backup in [grpc]). The backup has the "
                    + "round's name, the same on every node. Resumes what an earlier attempt left, waits for a backup or "
                    + "restore that is running on this node, and does nothing if this node has finished the round.")
    boolean scheduled;

    @Option(
            names = "--stagger",
            paramLabel = "SECONDS",
            description = "Wait up to SECONDS for the previous node in the ring to finish its backup.")
    long stagger;

    @Option(names = "--in-stagger", hidden = true, description = "Same as --stagger; from older orchestrators.")
    long inStagger;

    @Option(
            names = "--enable-md5-checks",
            description = "Read every reused file again and compare its hash with the stored object's.")
    boolean enableMd5Checks;

    @Option(
            names = "--mode",
            paramLabel = "full|differential",
            description = "full: a self-contained copy. differential (default): upload only new SSTables.")
    @Nullable
    Mode mode;

    @Option(names = "--keep-snapshot", description = "Keep the snapshot on the node after the backup.")
    boolean keepSnapshot;

    @Option(
            names = "--use-existing-snapshot",
            description = "Back up an existing snapshot with the backup's name. Requires --backup-name.")
    boolean useExistingSnapshot;

    @Option(
            names = "--snapshot-id",
            hidden = true,
            description = "Id of the snapshot that backup-cluster took on this node.")
    @Nullable
    String snapshotId;

    @Option(
            names = "--finish-by",
            paramLabel = "HH:MM",
            description = "Pace the upload to finish by this local time, at no less than 1 MB/s and within "
                    + "transfer_max_bandwidth.")
    @Nullable
    String finishBy;

    @Mixin
    Scope scope = new Scope();

    @Option(
            names = "--dry-run",
            description = "Print what would be uploaded, based on the SSTables now on disk; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    /** The name of the backup, once it runs. */
    private @Nullable String begun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    /** The words of {@code --mode}. */
    enum Mode {
        full,
        differential;

        /** The mode that the word stands for. */
        BackupMode backupMode() {
            return this == full ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
        }
    }

    @Override
    public Optional<String> afterInterrupt() {
        return Optional.ofNullable(begun)
                .map(name -> "What was uploaded is kept. To resume, run the same command"
                        + (scheduled ? " again" : " with --backup-name " + name)
                        + "; to give up, medusa delete-backup --backup-name " + name);
    }

    @Override
    int run(Medusa medusa) {
        Optional<Round> round = scheduled ? Optional.of(round(medusa)) : Optional.empty();
        String name = round.map(joined -> joined.name().value()).orElseGet(this::name);
        long seconds = Math.max(stagger, inStagger);
        if (Math.min(stagger, inStagger) < 0) {
            throw new MedusaException(FailureKind.USAGE, "--stagger must be at least 0");
        }
        BackupMode asked = mode == null ? round.map(medusa::modeOf).orElse(BackupMode.DIFFERENTIAL) : mode.backupMode();
        BackupNode.Request request = medusa.requests()
                .backup(BackupName.forNewBackup(name, asked))
                .mode(asked)
                .scope(scope.scope())
                .staggerSeconds(seconds)
                .compareHashes(enableMd5Checks)
                .keepSnapshot(keepSnapshot)
                .useExistingSnapshot(useExistingSnapshot)
                .snapshot(Optional.ofNullable(snapshotId))
                .request();
        Optional<LocalTime> end = finishBy();
        if (dryRun && round.isPresent() && medusa.hasFinished(round.get().name())) {
            LOG.info("{}", RoundTurn.finishedAlready(round.get(), request.node()));
            return 0;
        }
        if (dryRun) {
            print(medusa.onNode().unpacedBackup().plan(request));
            return 0;
        }
        return round.isEmpty() ? backUp(medusa, request, end) : join(medusa, round.get(), request, end);
    }

    private int backUp(Medusa medusa, BackupNode.Request request, Optional<LocalTime> end) {
        begun = request.name().value();
        BackupNode.Result result =
                medusa.measured().backup(() -> medusa.onNode().backup(end), request);
        log(result, request.scope(), medusa.traffic());
        if (output == OutputFormat.json) {
            print(Json.document(json(result, request.scope(), medusa.traffic())));
        }
        return result.damaged().isEmpty() ? 0 : FINISHED_WITH_DAMAGE;
    }

    private int join(Medusa medusa, Round round, BackupNode.Request request, Optional<LocalTime> end) {
        try (RoundTurn turn = medusa.onNode().scheduledRounds().turn(round, request)) {
            if (turn.objection().isEmpty()) {
                return backUp(medusa, request, end);
            }
            BackupMode stored = medusa.modeOf(round);
            if (turn.isFinished() && mode != null && stored != mode.backupMode()) {
                throw new MedusaException(
                        FailureKind.BACKUP_EXISTS,
                        "backup " + round.name() + " of this node is finished already, as a " + stored.word()
                                + " one. Give " + mode + " backups names of their own, with --backup-name instead of"
                                + " --scheduled");
            }
            LOG.info("{}", turn.objection().get());
            if (output == OutputFormat.json) {
                print(Json.document(Map.of(
                        "name",
                        round.name().value(),
                        "fqdn",
                        request.node().value(),
                        "finished_already",
                        turn.isFinished(),
                        "reason",
                        turn.objection().get())));
            }
            return 0;
        }
    }

    private Round round(Medusa medusa) {
        if (backupName != null || useExistingSnapshot || scope.scope().isPresent()) {
            throw usage(
                    "--scheduled cannot be combined with --backup-name, --use-existing-snapshot, --keyspace or --table");
        }
        return medusa.round();
    }

    private String name() {
        if (backupName == null && useExistingSnapshot) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "--use-existing-snapshot needs --backup-name with the name of the snapshot");
        }
        return backupName == null ? nameOfNow() : backupName;
    }

    /** The name of a backup that is given none. */
    static String nameOfNow() {
        return LocalDateTime.now(ZoneId.systemDefault())
                .format(DateTimeFormatter.ofPattern("yyyyMMddHHmm", Locale.ROOT));
    }

    private Optional<LocalTime> finishBy() {
        return Optional.ofNullable(finishBy).map(text -> Times.ofDay(text)
                .orElseThrow(() -> usage("--finish-by takes a time of day such as 05:30")));
    }

    private void print(BackupPlan plan) {
        BackupCounts total = plan.total();
        if (output == OutputFormat.json) {
            print(Json.document(json(plan)));
            return;
        }
        print("Backup " + plan.name() + " (" + plan.mode().word()
                + "), dry run: nothing is uploaded and no snapshot is taken");
        print("");
        TextTable table = new TextTable("TABLE", "FILES>", "SIZE>", "UPLOAD>", "COPY>", "REUSE>");
        plan.tables().forEach(row -> add(table, row.name(), row.counts()));
        add(table, "TOTAL", total);
        table.lines().forEach(this::print);
        print("");
        print("- Data in memtables is not counted: a backup flushes it to SSTables first");
        plan.free()
                .ifPresent(
                        free -> print("- Space in the store: " + Text.size(total.uploadedBytes() + total.copiedBytes())
                                + " needed, " + Text.size(free) + " free"
                                + (free < total.uploadedBytes() + total.copiedBytes() ? ": NOT ENOUGH" : "")));
    }

    private static void add(TextTable table, String name, BackupCounts counts) {
        table.row(
                name,
                String.valueOf(counts.files()),
                Text.size(counts.bytes()),
                Text.size(counts.uploadedBytes()),
                Text.size(counts.copiedBytes()),
                Text.size(counts.reusedBytes()));
    }

    private static Map<String, Object> json(BackupPlan plan) {
        Map<String, Object> json = new TreeMap<>(json(plan.total()));
        json.put("name", plan.name().value());
        json.put("backup_type", plan.mode().word());
        json.put("dry_run", true);
        json.put(
                "tables",
                plan.tables().stream()
                        .map(table -> {
                            Map<String, Object> row = new TreeMap<>(json(table.counts()));
                            row.put("table", table.name());
                            return row;
                        })
                        .toList());
        plan.free().ifPresent(free -> json.put("free", free));
        return json;
    }

    private static void log(BackupNode.Result result, TableScope scope, Traffic.Counts traffic) {
        BackupCounts counts = result.counts();
        result.damaged()
                .forEach(file -> LOG.error(
                        "Damaged on this node: table {}, file {}: {}",
                        file.table().qualifiedName(),
                        file.file(),
                        file.damage()));
        LOG.info(
                "Backup {} of node {} is finished: {}, {}",
                result.backup().name(),
                result.backup().node(),
                Count.of(counts.files(), "file"),
                Text.size(counts.bytes()));
        if (!scope.isAll()) {
            LOG.warn("Partial backup: only {}", scope);
        }
        if (!result.damaged().isEmpty()) {
            LOG.error(
                    "{} backed up unchanged although damaged on this node. Scrub or repair the tables named above, or"
                            + " restore them from an older backup or another replica",
                    Count.of(result.damaged().size(), "file"));
        }
        LOG.info("- Uploaded: {}, {}", Count.of(counts.uploaded(), "file"), Text.size(counts.uploadedBytes()));
        LOG.info("- Reused:   {}, {}", Count.of(counts.reused(), "file"), Text.size(counts.reusedBytes()));
        LOG.info("- Copied:   {}, {}", Count.of(counts.copied(), "file"), Text.size(counts.copiedBytes()));
        if (counts.repaired() > 0) {
            LOG.info(
                    "- Replaced: {} missing from earlier backups (included in uploaded)",
                    Count.of(counts.repaired(), "file"));
        }
        LOG.info(
                "- Finished in {} ({})",
                Text.duration(result.duration()),
                Text.rate(counts.uploadedBytes() + counts.copiedBytes(), result.duration()));
        if (traffic.total() > 0) {
            LOG.info(
                    "- Requests: {}, {} retried, {} throttled",
                    traffic.total(),
                    traffic.retries(),
                    traffic.throttled());
        }
    }

    private static Map<String, Object> json(BackupNode.Result result, TableScope scope, Traffic.Counts traffic) {
        Map<String, Object> json = new TreeMap<>(json(result.counts()));
        json.put("name", result.backup().name().value());
        json.put("fqdn", result.backup().node().value());
        json.put("backup_type", result.backup().mode().word());
        json.put("started", result.backup().started().getEpochSecond());
        json.put(
                "finished",
                result.backup().finished().map(Instant::getEpochSecond).orElseThrow());
        json.put("snapshot", SnapshotFields.of(result.snapshot()));
        json.put("scope", scope.patterns());
        json.put(
                "damaged",
                result.damaged().stream()
                        .map(file -> Map.of(
                                "table", file.table().qualifiedName(), "file", file.file(), "damage", file.damage()))
                        .toList());
        json.put("duration_seconds", result.duration().toMillis() / 1000.0);
        Map<String, Object> phases = new LinkedHashMap<>();
        result.phases().forEach((phase, duration) -> phases.put(phase, duration.toMillis() / 1000.0));
        json.put("phases", phases);
        json.put("requests", traffic.requests());
        json.put("retries", traffic.retries());
        json.put("throttled", traffic.throttled());
        return json;
    }

    private static Map<String, Object> json(BackupCounts counts) {
        Map<String, Object> json = new TreeMap<>();
        json.put("num_objects", counts.files());
        json.put("size", counts.bytes());
        json.put("uploaded_objects", counts.uploaded());
        json.put("uploaded_bytes", counts.uploadedBytes());
        json.put("reused_objects", counts.reused());
        json.put("reused_bytes", counts.reusedBytes());
        json.put("copied_objects", counts.copied());
        json.put("copied_bytes", counts.copiedBytes());
        json.put("replaced_objects", counts.repaired());
        return json;
    }
}
