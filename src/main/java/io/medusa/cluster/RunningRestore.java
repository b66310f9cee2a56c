package io.medusa.cluster;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.cassandra.SchemaJournal;
import io.medusa.cassandra.SchemaStep;
import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.cluster.ClusterRestorePlan.TableAction;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import io.medusa.repository.ReadLease;
import io.medusa.transfer.LimitedPool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Restores into a running cluster: the tables first, then their data. */
final class RunningRestore {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRestore.class);

    private final ClusterRestoreRequest request;
    private final CassandraSchema schema;
    private final ClusterHosts nodes;
    private final RestoreCommands commands;
    private final SchemaChanges changes;

    RunningRestore(ClusterRestoreRequest request, CassandraSchema schema, ClusterHosts nodes, NodeProgram program) {
        this.request = request;
        this.schema = schema;
        this.nodes = nodes;
        this.commands = new RestoreCommands(request, program);
        this.changes = new SchemaChanges(schema, SchemaJournal.inHome("schema-changes-" + cluster(request) + ".json"));
    }

    /** A name for the cluster, derived from its nodes. */
    private static String cluster(ClusterRestoreRequest request) {
        Object names = request.cluster()
                .map(cluster -> List.copyOf(new TreeSet<>(cluster.ring().names())))
                .orElse(List.of());
        return Integer.toHexString(names.hashCode());
    }

    /** Makes the nodes import their SSTables. Every node stages them before any table is changed. */
    List<NodeOutcome> importTables(PreparedRestore prepared, ReadLease lease) {
        List<NodeName> targets = prepared.plan().moves().stream()
                .filter(move -> move.sstables() > 0)
                .map(Move::target)
                .toList();
        LimitedPool<NodeName> limits = new LimitedPool<>(request.parallel());
        ClusterHosts.failIfAny(
                nodes.each("Staging", targets, limits, target -> importing(prepared, target, List.of("--stage-only"))),
                "Nothing has been changed in the cluster. The same command resumes from what is staged.");
        lease.confirm("Nothing has been changed in the cluster.");
        prepareTables(prepared);
        List<NodeOutcome> outcomes =
                nodes.each("Importing", targets, limits, target -> importing(prepared, target, List.of()));
        if (outcomes.stream().allMatch(NodeOutcome::isDone)) {
            buildViews(prepared);
        }
        return outcomes;
    }

    private NodeFanOut.Work importing(PreparedRestore prepared, NodeName target, List<String> options) {
        RemoteJob job = RemoteJob.of(
                request.temporaryDirectory(),
                "import " + options + commands.program().configFile()
                        + commands.program().globalOptions() + " " + request.name() + " " + target);
        List<String> words = new ArrayList<>(List.of(
                "import-sstables",
                "--plan",
                "plan",
                "--temp-dir",
                request.temporaryDirectory().toString()));
        words.addAll(options);
        String command = job.runWithFile("plan", commands.program().line(List.of(), words));
        byte[] plan = Objects.requireNonNull(prepared.assignments().get(target))
                .plan()
                .text()
                .getBytes(StandardCharsets.UTF_8);
        return nodes.job(target, job, command, plan);
    }

    /** Creates missing tables before any is dropped or truncated. Every table is known to fit its data at this point. */
    private void prepareTables(PreparedRestore prepared) {
        Set<TableName> before = schema.tables().stream().map(TableName::of).collect(Collectors.toSet());
        changes.resume();
        Map<TableName, Fit> fits = new LinkedHashMap<>();
        for (Fit fit : schema.fits(prepared.backupSchema(), prepared.tables())) {
            TableAction action = prepared.plan().tables().get(fit.target());
            if (action != null) {
                refuseOther(fit, action, before.contains(fit.target()));
                fits.merge(fit.target(), fit, (one, other) -> one.isGood() ? other : one);
            }
        }
        changes.apply(schema.creation(
                prepared.backupSchema(),
                fits.values().stream().filter(fit -> !fit.exists()).toList()));
        for (Fit fit : fits.values()) {
            if (fit.exists() && fit.isGood()) {
                changes.apply(schema.learning(fit));
            }
        }
        fits.forEach((name, fit) -> {
            if (fit.exists() && !fit.isGood()) {
                LOG.info("Dropping table {} to create it as it was in the backup", name);
                List<SchemaStep> steps = new ArrayList<>(schema.creation(prepared.backupSchema(), List.of(fit)));
                fit.younger().forEach(younger -> steps.add(younger.definition()));
                changes.replace(name, steps);
            } else if (fit.exists()) {
                LOG.info("Truncating {}", name);
                schema.truncate(name);
            }
        });
    }

    /** Only the actions of the plan are executed. */
    private static void refuseOther(Fit fit, TableAction planned, boolean existed) {
        boolean asPlanned =
                switch (planned) {
                    case CREATE -> fit.isGood() && !existed;
                    case TRUNCATE -> fit.isGood() && fit.exists();
                    case RECREATE ->
                        fit.isGood()
                                || (fit.exists()
                                        && fit.created().misfit().isEmpty()
                                        && fit.younger().stream().allMatch(younger -> younger.lost()
                                                .isEmpty()));
                };
        if (!asPlanned) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "table " + fit.target()
                            + " has changed since the restore was planned. Nothing was changed. Run the same command"
                            + " again");
        }
    }

    private void buildViews(PreparedRestore prepared) {
        prepared.plan().tables().keySet().forEach(table -> changes.announceBuilding(table, view -> true));
        changes.resume();
    }

    /** Cassandra's own loader streams the data. */
    List<NodeOutcome> load(PreparedRestore prepared, ReadLease lease) {
        lease.confirm("Nothing has been changed in the cluster.");
        prepareTables(prepared);
        Map<NodeName, Move> moves = new LinkedHashMap<>();
        prepared.plan().moves().forEach(move -> moves.put(move.target(), move));
        return nodes.each("Loading", List.copyOf(moves.keySet()), new LimitedPool<>(request.parallel()), target -> {
            Move move = Objects.requireNonNull(moves.get(target));
            RemoteJob job = commands.job("load", move);
            List<String> words = commands.words(move, List.of());
            words.add("--use-sstableloader");
            request.selection().keyspaces().forEach(keyspace -> words.addAll(List.of("--keyspace", keyspace)));
            request.selection().tables().forEach(table -> words.addAll(List.of("--table", table)));
            String command = job.run(commands.program().line(commands.source(move), words));
            return nodes.job(target, job, command, ClusterHosts.NOTHING);
        });
    }
}
