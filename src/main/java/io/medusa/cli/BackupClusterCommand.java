package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cassandra.NodeDescription;
import io.medusa.catalog.BackupStatus;
import io.medusa.catalog.BackupSummary;
import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.ClusterBackupRequest;
import io.medusa.cluster.NodeOutcome;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Count;
import io.medusa.model.Coverage;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import io.medusa.report.Text;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa backup-cluster}. */
@Command(
        name = "backup-cluster",
        description = {
            "Back up all nodes of the cluster.",
            "Takes a snapshot on all nodes at once, then uploads, by default one node at a time. Works over SSH "
                    + "or through the nodes' services. To resume, run the same command again with its --backup-name: "
                    + "only nodes without a finished backup are backed up."
        },
        footer = {
            "  medusa backup-cluster --parallel-uploads 3",
            "  medusa backup-cluster --backup-name monday --resume",
            "  medusa backup-cluster --via grpc"
        })
final class BackupClusterCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(BackupClusterCommand.class);
    /** Snapshots that are taken within it count as taken at once. */
    private static final Duration ONE_MOMENT = Duration.ofMinutes(10);

    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            description = "Name of the backup (default: the current time, as YYYYMMDDhhmm).")
    @Nullable
    String backupName;

    @Option(
            names = "--seed-target",
            paramLabel = "HOST",
            description = "Node to read the ring from (default: this node).")
    @Nullable
    String seedTarget;

    @Option(
            names = "--stagger",
            paramLabel = "SECONDS",
            description = "Each node waits up to SECONDS for the previous node in the ring to finish its backup.")
    long stagger;

    @Option(
            names = "--enable-md5-checks",
            description = "Read every reused file again and compare its hash with the stored object's.")
    boolean enableMd5Checks;

    @Option(
            names = "--mode",
            paramLabel = "full|differential",
            description = "full: a self-contained copy. differential (default): upload only new SSTables.")
    BackupCommand.Mode mode = BackupCommand.Mode.differential;

    @Option(
            names = "--via",
            paramLabel = "ssh|grpc",
            description = "Reach the nodes over SSH (default), or through their medusa server at the port in [grpc].")
    Via via = Via.ssh;

    /** The ways by the names that users write. */
    enum Via {
        ssh,
        grpc
    }

    @Option(
            names = "--temp-dir",
            paramLabel = "DIR",
            description = "Directory on the nodes for job logs (default: /tmp). SSH only.")
    Path tempDir = Path.of("/tmp");

    @Option(
            names = {"-ps", "--parallel-snapshots"},
            paramLabel = "N",
            description = "Maximum concurrent snapshots (default: 500).")
    int parallelSnapshots = 500;

    @Option(
            names = {"-pu", "--parallel-uploads"},
            paramLabel = "N",
            description = "Maximum concurrent uploads (default: 1).")
    int parallelUploads = 1;

    @Option(
            names = "--parallel-uploads-per-rack",
            paramLabel = "N",
            description = "Maximum concurrent uploads per rack.")
    @Nullable
    Integer perRack;

    @Option(
            names = "--parallel-uploads-per-datacenter",
            paramLabel = "N",
            description = "Maximum concurrent uploads per datacenter.")
    @Nullable
    Integer perDatacenter;

    @Option(names = "--keep-snapshot", description = "Keep the snapshots on the nodes after the backup.")
    boolean keepSnapshot;

    @Option(
            names = "--use-existing-snapshot",
            description = "Back up existing snapshots with the backup's name. Requires --backup-name.")
    boolean useExistingSnapshot;

    @Option(
            names = "--resume",
            description = "Back up the nodes that an existing backup still lacks. Requires --backup-name.")
    boolean resume;

    @Option(
            names = "--all-datacenters",
            description = "Back up the nodes of all datacenters (default: the datacenter of the seed).")
    boolean allDatacenters;

    @Option(
            names = "--datacenter",
            paramLabel = "NAME",
            description = "Back up the nodes of this datacenter. Repeatable.")
    List<String> datacenters = List.of();

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description = "Count a token range as covered if N of its replicas are backed up (default: 1).")
    int replicas = 1;

    @Option(names = "--dry-run", description = "Print which nodes would be backed up; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        ClusterBackupRequest request = request(medusa);
        if (dryRun) {
            print(request, flow(medusa).plan(request));
            return 0;
        }
        BackupCluster.Result result = medusa.measured().backup(flow(medusa), request);
        BackupStatus status = medusa.backupStatus();
        Optional<BackupSummary> summary = status.run(request.name());
        Optional<Coverage> coverage = summary.flatMap(found -> status.coverage(found.backup(), replicas));
        log(request, result, summary, coverage);
        if (output == OutputFormat.json) {
            print(Json.document(json(request, result, summary, coverage)));
        }
        return result.isComplete() ? 0 : 1;
    }

    private void print(ClusterBackupRequest request, List<NodeName> pending) {
        List<NodeName> all = request.ring().byTokens();
        if (output == OutputFormat.json) {
            Map<String, Object> json = new TreeMap<>();
            json.put("name", request.name().value());
            json.put("dry_run", true);
            json.put("backup_type", request.mode().word());
            json.put("nodes", pending.stream().map(NodeName::value).toList());
            json.put(
                    "finished_nodes",
                    all.stream()
                            .filter(node -> !pending.contains(node))
                            .map(NodeName::value)
                            .toList());
            print(Json.document(json));
            return;
        }
        print("Backup " + request.name() + " (" + request.mode().word()
                + "), dry run: nothing is uploaded and no snapshot is taken");
        print("");
        TextTable table = new TextTable("NODE", "ACTION");
        all.forEach(node -> table.row(node.value(), pending.contains(node) ? "back up" : "finished already"));
        table.lines().forEach(this::print);
    }

    private BackupCluster flow(Medusa medusa) {
        List<String> forwarded = session().options().forwarded();
        if (via == Via.ssh) {
            return medusa.onCluster()
                    .backupOverSsh(clusterView(), session().options().configFile(), forwarded);
        }
        if (!forwarded.isEmpty()) {
            throw usage(forwarded.get(0)
                    + " cannot be used with --via grpc: the nodes' services use their own configuration");
        }
        return medusa.onCluster().backupByServices(clusterView());
    }

    private ClusterBackupRequest request(Medusa medusa) {
        if (backupName == null && (useExistingSnapshot || resume)) {
            throw usage((resume ? "--resume" : "--use-existing-snapshot") + " needs --backup-name");
        }
        if (stagger < 0) {
            throw usage("--stagger must be at least 0");
        }
        String name = backupName == null ? BackupCommand.nameOfNow() : backupName;
        BackupMode asked = mode.backupMode();
        return new ClusterBackupRequest(
                resume ? new BackupName(name) : BackupName.forNewClusterBackup(name, asked),
                asked,
                ring(medusa.onNode().ring(Optional.ofNullable(seedTarget))),
                stagger == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(stagger)),
                enableMd5Checks,
                keepSnapshot,
                useExistingSnapshot,
                atLeastOne(parallelSnapshots, "--parallel-snapshots"),
                atLeastOne(parallelUploads, "--parallel-uploads"),
                limit(perRack, "--parallel-uploads-per-rack"),
                limit(perDatacenter, "--parallel-uploads-per-datacenter"),
                tempDir,
                resume);
    }

    private TokenMap ring(NodeDescription seen) {
        if (allDatacenters && !datacenters.isEmpty()) {
            throw usage("--all-datacenters and --datacenter cannot be combined");
        }
        if (allDatacenters) {
            return seen.wholeRing();
        }
        if (datacenters.isEmpty()) {
            return seen.metadata().tokenMap();
        }
        for (String datacenter : datacenters) {
            if (!seen.wholeRing().datacenters().contains(datacenter)) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "no datacenter " + datacenter + " in the ring. Datacenters: "
                                + String.join(", ", seen.wholeRing().datacenters()));
            }
        }
        return seen.wholeRing().in(datacenters);
    }

    private OptionalInt limit(@Nullable Integer number, String option) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(atLeastOne(number, option));
    }

    private static void log(
            ClusterBackupRequest request,
            BackupCluster.Result result,
            Optional<BackupSummary> summary,
            Optional<Coverage> coverage) {
        List<NodeOutcome> outcomes = result.outcomes();
        long done = outcomes.stream().filter(NodeOutcome::isDone).count();
        outcomes.stream()
                .filter(outcome -> !outcome.isDone())
                .forEach(outcome -> LOG.error("Not backed up: {}: {}", outcome.node(), outcome.cause()));
        result.uncleared()
                .forEach((node, cause) -> LOG.error(
                        "The snapshot medusa-{} on {} could not be cleared: {}", request.name(), node, cause));
        String size = summary.map(found -> ", " + Count.of(found.objects(), "file") + ", " + Text.size(found.size()))
                .orElse("");
        if (result.isComplete()) {
            LOG.info(
                    "Backup {} is finished on {} of {} nodes{}, in {}",
                    request.name(),
                    done,
                    outcomes.size(),
                    size,
                    Text.duration(result.duration()));
        } else {
            LOG.error(
                    "Backup {} is finished on {} of {} nodes{}, in {}; run the same command again for the others",
                    request.name(),
                    done,
                    outcomes.size(),
                    size,
                    Text.duration(result.duration()));
        }
        coverage.ifPresent(found -> CoverageText.lines(found).forEach(LOG::info));
        logSnapshots(result);
    }

    private static void logSnapshots(BackupCluster.Result result) {
        Map<Optional<String>, List<NodeName>> byVersion = new LinkedHashMap<>(result.bySchemaVersion());
        List<NodeName> unknown =
                Optional.ofNullable(byVersion.remove(Optional.<String>empty())).orElse(List.of());
        if (byVersion.size() > 1) {
            LOG.warn("The snapshots have {} different schema versions:", byVersion.size());
            byVersion.forEach((version, nodes) -> LOG.warn("- {}: {}", version.orElseThrow(), nodes));
            LOG.warn("Tables that differ between them may not be restorable on all nodes");
        }
        List<Long> epochs = result.snapshots().values().stream()
                .flatMapToLong(snapshot -> snapshot.epoch().stream())
                .distinct()
                .sorted()
                .boxed()
                .toList();
        if (epochs.size() > 1) {
            LOG.warn(
                    "The snapshots show {} different epochs of the cluster's metadata: {}. restore-cluster will not put the"
                            + " nodes back as they were, but import the data. Take another backup",
                    epochs.size(),
                    epochs);
        }
        if (!unknown.isEmpty()) {
            LOG.warn(
                    "Which version of the schema the snapshots of these nodes show is unknown, because Medusa did not"
                            + " take them: {}",
                    unknown);
        }
        List<Instant> taken = result.snapshots().values().stream()
                .map(BackupSnapshot::taken)
                .sorted()
                .toList();
        if (!taken.isEmpty()) {
            Duration spread = Duration.between(taken.get(0), taken.get(taken.size() - 1));
            Duration age = Duration.between(taken.get(0), Instant.now().minus(result.duration()));
            if (age.compareTo(ONE_MOMENT) > 0) {
                LOG.warn(
                        "The oldest snapshot was taken {} before this command started: later writes are not in it",
                        Text.about(age));
            }
            if (spread.compareTo(ONE_MOMENT) > 0) {
                LOG.warn(
                        "The snapshots were not taken at the same time: the first at {}, the last {} later",
                        taken.get(0),
                        Text.about(spread));
            }
        }
    }

    private static Map<String, Object> json(
            ClusterBackupRequest request,
            BackupCluster.Result result,
            Optional<BackupSummary> summary,
            Optional<Coverage> coverage) {
        Map<String, Object> json = new TreeMap<>(summary.map(SummaryJson::of).orElseGet(Map::of));
        json.put("name", request.name().value());
        json.put("complete", result.isComplete());
        json.put("duration_seconds", result.duration().toMillis() / 1000.0);
        json.put("outcomes", OutcomeJson.of(result.outcomes()));
        json.put(
                "uncleared_snapshots",
                result.uncleared().keySet().stream()
                        .map(Objects::toString)
                        .sorted()
                        .toList());
        coverage.ifPresent(found -> json.put("coverage", CoverageText.json(found)));
        Map<String, Object> versions = new TreeMap<>();
        result.bySchemaVersion()
                .forEach((version, nodes) -> versions.put(
                        version.orElse("unknown"),
                        nodes.stream().map(NodeName::value).toList()));
        json.put("schema_versions", versions);
        Map<String, Object> snapshots = new TreeMap<>();
        result.snapshots().forEach((node, snapshot) -> snapshots.put(node.value(), SnapshotFields.of(snapshot)));
        json.put("snapshots", snapshots);
        return json;
    }
}
