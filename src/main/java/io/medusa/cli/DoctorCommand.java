package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cluster.DoctorCluster.NodeChecks;
import io.medusa.doctor.Doctor;
import io.medusa.model.Check;
import io.medusa.model.NodeName;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa doctor}. */
@Command(
        name = "doctor",
        description = {
            "Check everything a backup needs, in the store and on this node; with --restore, also what a restore needs.",
            "Tests connections and permissions with small objects and a snapshot of its own."
        },
        footer = {
            "  medusa doctor",
            "  medusa doctor --storage-only",
            "  medusa doctor --restore --no-snapshot",
            "  medusa doctor --cluster"
        })
final class DoctorCommand extends NodeCommand {
    private static final int MOST_AT_ONCE = 50;

    @Option(names = "--storage-only", description = "Check the store only.")
    boolean storageOnly;

    @Option(names = "--no-snapshot", description = "Skip the test snapshot, for which Cassandra flushes its memtables.")
    boolean noSnapshot;

    @Option(
            names = "--restore",
            description =
                    "Also check what a restore of this node needs: the commands that stop and start Cassandra, sudo, "
                            + "permissions, room and certificates. Nothing is stopped.")
    boolean restore;

    @Option(
            names = "--cluster",
            description =
                    "Check every node of the cluster over SSH, as restore-cluster reaches them: the connection, and "
                            + "there what --restore checks.")
    boolean cluster;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        if (cluster) {
            return cluster(medusa);
        }
        Doctor.Request request = medusa.requests().doctor();
        request = storageOnly ? request.withoutNode() : request;
        request = noSnapshot ? request.withoutSnapshot() : request;
        request = restore ? request.andRestore() : request;
        Doctor.Result result = medusa.onNode().doctor().run(request);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("healthy", result.isHealthy(), "checks", json(result.checks()))));
        } else {
            TextTable table = new TextTable("CHECK", "RESULT", "DETAIL");
            for (Check check : result.checks()) {
                table.row(check.subject(), check.outcome().name(), check.detail());
            }
            table.lines().forEach(this::print);
        }
        return result.isHealthy() ? 0 : 1;
    }

    private int cluster(Medusa medusa) {
        if (storageOnly) {
            throw usage("--storage-only and --cluster cannot be combined");
        }
        List<NodeName> nodes = List.copyOf(
                new TreeSet<>(medusa.onNode().ring(Optional.empty()).wholeRing().names()));
        List<NodeChecks> checked = medusa.onCluster()
                .doctor(
                        clusterView(),
                        session().options().configFile(),
                        session().options().forwarded())
                .run(nodes, MOST_AT_ONCE);
        boolean healthy = checked.stream()
                .flatMap(node -> node.checks().stream())
                .noneMatch(check -> check.outcome() == Check.Outcome.FAILED);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "healthy",
                    healthy,
                    "nodes",
                    checked.stream()
                            .map(node -> Map.of("node", node.node().value(), "checks", json(node.checks())))
                            .toList())));
        } else {
            TextTable table = new TextTable("NODE", "CHECK", "RESULT", "DETAIL");
            for (NodeChecks node : checked) {
                node.checks()
                        .forEach(check -> table.row(
                                node.node().value(),
                                check.subject(),
                                check.outcome().name(),
                                check.detail()));
            }
            table.lines().forEach(this::print);
        }
        return healthy ? 0 : 1;
    }

    private static List<Map<String, String>> json(List<Check> checks) {
        return checks.stream()
                .map(check -> Map.of(
                        "subject",
                        check.subject(),
                        "outcome",
                        check.outcome().name().toLowerCase(Locale.ROOT),
                        "detail",
                        check.detail()))
                .toList();
    }
}
