package io.medusa.cluster;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cluster.ClusterRestorePlan.Fate;
import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.cluster.RestoreCluster.Prepared;
import io.medusa.cluster.RestoreCluster.Request;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.repository.ReadLease;
import io.medusa.transfer.LimitedPool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Restores into a cluster that goes on running: the tables first, then their data. */
final class RunningRestore {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRestore.class);

    private final Request request;
    private final CassandraSchema schema;
    private final Nodes nodes;
    private final RestoreCommands commands;

    RunningRestore(Request request, CassandraSchema schema, Nodes nodes, NodeProgram program) {
        this.request = request;
        this.schema = schema;
        this.nodes = nodes;
        this.commands = new RestoreCommands(request, program);
    }

    /** The nodes take in what they are dealt; before any table is touched, every one of them has it. */
    List<NodeOutcome> take(Prepared prepared, ReadLease lease) {
        List<NodeName> targets = prepared.plan().moves().stream()
                .filter(move -> move.sstables() > 0)
                .map(Move::target)
                .toList();
        LimitedPool<NodeName> limits = new LimitedPool<>(request.parallel());
        Nodes.failIfAny(
                nodes.each("Staging", targets, limits, target -> importing(prepared, target, List.of("--stage-only"))),
                "Nothing has been changed in the cluster; the same command goes on from what is staged.");
        lease.confirm("Nothing has been changed in the cluster.");
        layTables(prepared);
        List<NodeOutcome> outcomes =
                nodes.each("Importing", targets, limits, target -> importing(prepared, target, List.of()));
        if (outcomes.stream().allMatch(NodeOutcome::isDone)) {
            buildViews(prepared);
        }
        return outcomes;
    }

    private EachNode.Work importing(Prepared prepared, NodeName target, List<String> options) {
        Job job = Job.of(
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
        byte[] plan = Objects.requireNonNull(prepared.shares().get(target))
                .plan()
                .text()
                .getBytes(StandardCharsets.UTF_8);
        return nodes.job(target, job, command, plan);
    }

    private void layTables(Prepared prepared) {
        List<TableDirectory> missing = new ArrayList<>();
        for (TableDirectory table : prepared.tables()) {
            TableName name = TableName.of(table);
            Fate fate = prepared.plan().tables().get(name);
            if (fate == null) {
                continue;
            }
            switch (fate) {
                case CREATE -> missing.add(table);
                case RECREATE -> {
                    LOG.info("Dropping table {}, which has other columns now", name);
                    schema.drop(name);
                    missing.add(table);
                }
                case TRUNCATE -> {
                    schema.fit(prepared.backupSchema(), table, name);
                    LOG.info("Truncating {}", name);
                    schema.truncate(name);
                }
            }
        }
        if (!missing.isEmpty()) {
            schema.create(prepared.backupSchema(), missing);
        }
    }

    private void buildViews(Prepared prepared) {
        for (TableName table : prepared.plan().tables().keySet()) {
            for (String view : schema.viewsOn(table)) {
                LOG.info("Building view {} from its table", view);
                schema.rebuildView(TableName.parse(view));
            }
        }
    }

    /** Cassandra's own loader streams the data. */
    List<NodeOutcome> load(Prepared prepared, ReadLease lease) {
        lease.confirm("Nothing has been changed in the cluster.");
        layTables(prepared);
        Map<NodeName, Move> moves = new LinkedHashMap<>();
        prepared.plan().moves().forEach(move -> moves.put(move.target(), move));
        return nodes.each("Loading", List.copyOf(moves.keySet()), new LimitedPool<>(request.parallel()), target -> {
            Move move = Objects.requireNonNull(moves.get(target));
            Job job = commands.job("load", move);
            List<String> words = commands.words(move, List.of());
            words.add("--use-sstableloader");
            request.selection().keyspaces().forEach(keyspace -> words.addAll(List.of("--keyspace", keyspace)));
            request.selection().tables().forEach(table -> words.addAll(List.of("--table", table)));
            String command = job.run(commands.program().line(commands.source(move), words));
            return nodes.job(target, job, command, Nodes.NOTHING);
        });
    }
}
