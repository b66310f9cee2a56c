package io.medusa.cluster;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cluster.ClusterRestorePlan.Fate;
import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Coverage;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.monitoring.Metric;
import io.medusa.monitoring.Monitor;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import io.medusa.repository.BackupRepository;
import io.medusa.transfer.LimitedPool;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores a cluster from the backups of its nodes. A whole cluster of the same shape is restored node by node: all of them fetch
 * and check their data first, and only when every one has it they stop, exchange it and start. Into a cluster of another shape,
 * and for single tables, the nodes go on running and take in the SSTables that hold rows of theirs.
 */
public final class RestoreCluster {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreCluster.class);
    private static final String METRIC = "medusa-cluster-restore";
    private static final String AUTH = "system_auth";
    private static final Set<String> SYSTEM = Set.of(
            "system", "system_schema", "system_distributed", "system_traces", "system_views", "system_virtual_schema");
    private static final int USAGE = 2;
    private static final byte[] NOTHING = new byte[0];

    private final BackupRepository repository;
    private final CassandraSchema schema;
    private final Nodes nodes;
    private final NodeProgram program;
    private final ImportPlanner planner;
    private final Monitor monitor;

    /**
     * All of them stay the caller's to close.
     *
     * @param schema of the cluster that is restored
     */
    public RestoreCluster(
            BackupRepository repository,
            CassandraSchema schema,
            Nodes nodes,
            NodeProgram program,
            ImportPlanner planner,
            Monitor monitor) {
        this.repository = repository;
        this.schema = schema;
        this.nodes = nodes;
        this.program = program;
        this.planner = planner;
        this.monitor = monitor;
    }

    /**
     * The cluster that is restored, as one of its nodes sees it.
     *
     * @param ring the nodes of the datacenter of that node
     * @param wholeRing those of all datacenters
     * @param schema its CQL
     */
    public record Cluster(TokenMap ring, TokenMap wholeRing, String schema) {}

    /** One line of a list of hosts: who gets whose data. */
    public record Pair(NodeName source, NodeName target, boolean seed) {}

    /**
     * What to restore, and how.
     *
     * @param cluster nothing if it is not to be asked; then {@code pairs} say who gets what
     * @param pairs node to node; without any they follow from the rings
     * @param inPlace whether {@code pairs} are nodes that take their own data back
     * @param seeds nodes that start first
     * @param keepAuth whether users and rights of the target stay
     * @param method instead of the one that fits
     * @param oneReplica whether of each token range the data of one replica is enough, as after a repair
     * @param replications of keyspaces that are created, instead of what they had; by keyspace, with an empty name for all
     * @param incompleteToo whether a backup with nodes missing may be used for what it holds
     * @param startCommand and {@code stopCommand}: of every node, one element for each word
     */
    public record Request(
            BackupName name,
            TableSelection selection,
            Optional<Cluster> cluster,
            List<Pair> pairs,
            boolean inPlace,
            Set<NodeName> seeds,
            boolean ignoreRacks,
            boolean keepAuth,
            Optional<Method> method,
            boolean oneReplica,
            Map<String, Replication> replications,
            boolean incompleteToo,
            int parallel,
            List<String> startCommand,
            List<String> stopCommand,
            Path temporaryDirectory) {}

    /**
     * What came of it.
     *
     * @param outcomes one for each node that got data
     */
    public record Result(List<NodeOutcome> outcomes, Duration duration) {
        /** Whether every node was restored. */
        public boolean isComplete() {
            return outcomes.stream().allMatch(NodeOutcome::isDone);
        }
    }

    /** A plan and what its carrying out needs beside it. */
    public record Prepared(
            ClusterRestorePlan plan,
            String backupSchema,
            List<TableDirectory> tables,
            Map<NodeName, ImportPlanner.Share> shares) {}

    /** Whether the nodes that are restored are all others than those that were backed up, so that they have users of their own. */
    public boolean isOtherCluster(Request request) {
        return !request.inPlace()
                && (request.cluster().isEmpty()
                        || request.cluster().get().ring().names().stream()
                                .noneMatch(backup(request).tokenMap().names()::contains));
    }

    private ClusterBackup backup(Request request) {
        return repository
                .findClusterBackup(request.name())
                .orElseThrow(() -> new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "No such backup: " + request.name() + " is not in " + repository.describe()
                                + "; medusa list-backups --show-all shows what there is"));
    }

    /**
     * Decides what would be done; changes nothing.
     *
     * @throws MedusaException if it cannot be done
     */
    public Prepared prepare(Request request) {
        ClusterBackup backup = backup(request);
        List<NodeBackup> finished =
                backup.nodeBackups().stream().filter(NodeBackup::isFinished).toList();
        List<String> warnings = new ArrayList<>();
        checkComplete(request, backup, finished, warnings);
        String backupSchema = repository.schema(finished.get(0));
        Choice choice = choose(request, backup);
        return switch (choice.method()) {
            case NODES -> byNodes(request, choice, finished, backupSchema, warnings);
            case IMPORT, SSTABLELOADER -> running(request, choice, backup, finished, backupSchema, warnings);
        };
    }

    private void checkComplete(
            Request request, ClusterBackup backup, List<NodeBackup> finished, List<String> warnings) {
        if (finished.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    "no node has finished backup " + request.name() + "; choose another");
        }
        if (backup.isComplete()) {
            return;
        }
        String missing = "backup " + request.name() + " is incomplete: "
                + (backup.missingNodes().size() + backup.incompleteNodes().size()) + " of "
                + backup.tokenMap().names().size() + " nodes have not finished it; "
                + coverage(backup, finished);
        if (!request.incompleteToo()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    missing + ". Choose another, or add --incomplete to restore what it holds into a running cluster");
        }
        warnings.add(missing);
    }

    private String coverage(ClusterBackup backup, List<NodeBackup> finished) {
        Coverage coverage = Coverage.of(
                backup.tokenMap(),
                schema.replications(repository.schema(finished.get(0))),
                finished.stream().map(NodeBackup::node).collect(Collectors.toSet()),
                1);
        String wanting = coverage.keyspaces().stream()
                .filter(keyspace -> !keyspace.isWhole())
                .map(Coverage.OfKeyspace::keyspace)
                .collect(Collectors.joining(", "));
        return wanting.isEmpty()
                ? "every token range has a backed-up replica all the same"
                : "token ranges without a backed-up replica are in " + wanting;
    }

    /** The method and why; for NODES also who gets what. */
    private record Choice(Method method, String why, List<Pair> pairs, boolean inPlace) {}

    private Choice choose(Request request, ClusterBackup backup) {
        if (!request.pairs().isEmpty()) {
            if (request.method().filter(method -> method != Method.NODES).isPresent()
                    && request.cluster().isEmpty()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "a cluster that takes data in while it runs must be asked for its ring: leave"
                                + " out --host-list and --in-place");
            }
            if (!request.selection().isAll()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "--host-list and --in-place restore whole nodes: leave out --keyspace and --table, or leave these out"
                                + " and have the tables taken in by the running cluster");
            }
            return new Choice(
                    Method.NODES, request.inPlace() ? "as they were" : "as listed", request.pairs(), request.inPlace());
        }
        Cluster cluster = request.cluster().orElseThrow();
        RingMapping mapping = RingMapping.of(backup.tokenMap(), cluster.ring(), request.ignoreRacks());
        if (request.method().isPresent()) {
            return new Choice(request.method().get(), "as asked for", List.of(), false);
        }
        if (!request.selection().isAll()) {
            return new Choice(Method.IMPORT, "single tables are taken in by the running cluster", List.of(), false);
        }
        if (!backup.isComplete()) {
            return new Choice(Method.IMPORT, "the backup is incomplete", List.of(), false);
        }
        if (mapping.difference().isPresent()) {
            return new Choice(Method.IMPORT, mapping.difference().get(), List.of(), false);
        }
        boolean inPlace = mapping.sources().entrySet().stream()
                .allMatch(pair -> pair.getKey().equals(pair.getValue()));
        return new Choice(
                Method.NODES,
                inPlace ? "the nodes are those of the backup" : "the rings have the same shape",
                mapping.sources().entrySet().stream()
                        .map(pair -> new Pair(
                                pair.getValue(), pair.getKey(), request.seeds().contains(pair.getKey())))
                        .toList(),
                inPlace);
    }

    private Prepared byNodes(
            Request request, Choice choice, List<NodeBackup> finished, String backupSchema, List<String> warnings) {
        Map<NodeName, NodeBackup> bySource = new LinkedHashMap<>();
        finished.forEach(backup -> bySource.put(backup.node(), backup));
        List<NodeBackup> used = new ArrayList<>();
        for (Pair pair : choice.pairs()) {
            NodeBackup backup = bySource.get(pair.source());
            if (backup == null) {
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "node " + pair.source() + " has no finished backup " + request.name());
            }
            used.add(backup);
        }
        List<BackupRepository.Summary> summaries = repository.summaries(used, Optional.of(request.name()));
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < used.size(); i++) {
            Pair pair = choice.pairs().get(i);
            moves.add(new Move(
                    List.of(pair.source()),
                    pair.target(),
                    choice.inPlace()
                            || (request.pairs().isEmpty() && pair.source().equals(pair.target())),
                    pair.seed(),
                    0,
                    summaries.get(i).extent().size()));
        }
        return new Prepared(
                new ClusterRestorePlan(request.name(), Method.NODES, choice.why(), moves, Map.of(), warnings),
                backupSchema,
                List.of(),
                Map.of());
    }

    private Prepared running(
            Request request,
            Choice choice,
            ClusterBackup backup,
            List<NodeBackup> finished,
            String backupSchema,
            List<String> warnings) {
        Cluster cluster = request.cluster().orElseThrow();
        Predicate<TableDirectory> wanted = wanted(request, backupSchema);
        List<TableDirectory> tables = List.copyOf(planner.tables(finished, wanted));
        if (tables.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + request.name() + " holds none of the tables asked for; names are case-sensitive");
        }
        request.selection().unmatched(tables).forEach(what -> warnings.add("the backup holds no " + what));
        Map<String, Replication> now = schema.replications(cluster.schema());
        Map<String, Replication> replications = new TreeMap<>(now);
        Map<String, Replication> then = schema.replications(backupSchema);
        for (TableDirectory table : tables) {
            replications.computeIfAbsent(
                    table.keyspace(), keyspace -> replication(request, keyspace, then, cluster, warnings));
        }
        Map<TableName, Fate> fates = fates(tables, backupSchema);
        List<NodeBackup> sources = request.oneReplica() ? fewest(backup, finished, then) : finished;
        if (choice.method() == Method.SSTABLELOADER) {
            return new Prepared(
                    new ClusterRestorePlan(
                            request.name(),
                            choice.method(),
                            choice.why(),
                            dealRound(request.name(), sources, cluster.ring()),
                            fates,
                            warnings),
                    schema.withReplications(backupSchema, replications),
                    tables,
                    Map.of());
        }
        Map<NodeName, NodeName> same = sameTokens(request, backup, tables, replications, then);
        Map<NodeName, ImportPlanner.Share> shares = same.isEmpty()
                ? planner.deal(request.name(), sources, wanted, cluster.wholeRing(), replications)
                : planner.pass(request.name(), finished, wanted, same);
        List<Move> moves = new ArrayList<>();
        shares.forEach((node, share) -> moves.add(new Move(
                List.copyOf(share.plan().sources().keySet()), node, false, false, share.sstables(), share.bytes())));
        return new Prepared(
                new ClusterRestorePlan(request.name(), choice.method(), choice.why(), moves, fates, warnings),
                schema.withReplications(backupSchema, replications),
                tables,
                shares);
    }

    /**
     * The nodes of the cluster by those of the backup, if each owns the tokens that the other had, and all rows of the tables are
     * where they were; else nothing.
     */
    private static Map<NodeName, NodeName> sameTokens(
            Request request,
            ClusterBackup backup,
            List<TableDirectory> tables,
            Map<String, Replication> now,
            Map<String, Replication> then) {
        TokenMap ring = request.cluster().orElseThrow().wholeRing();
        TokenMap old = backup.tokenMap();
        if (!backup.isComplete() || ring.nodes().size() != old.nodes().size()) {
            return Map.of();
        }
        Map<Set<BigInteger>, NodeName> byTokens = new HashMap<>();
        ring.nodes().forEach((node, tokens) -> byTokens.put(Set.copyOf(tokens.tokens()), node));
        Map<NodeName, NodeName> same = new HashMap<>();
        old.nodes().forEach((node, tokens) -> {
            NodeName target = byTokens.get(Set.copyOf(tokens.tokens()));
            if (target != null
                    && hasSamePlace(tokens, Objects.requireNonNull(ring.nodes().get(target)))) {
                same.put(node, target);
            }
        });
        boolean everywhere = tables.stream()
                .map(TableDirectory::keyspace)
                .allMatch(keyspace -> Objects.equals(now.get(keyspace), then.get(keyspace)));
        return everywhere && same.size() == old.nodes().size() ? same : Map.of();
    }

    private static boolean hasSamePlace(TokenMap.Node one, TokenMap.Node other) {
        return Objects.equals(one.rack(), other.rack()) && Objects.equals(one.datacenter(), other.datacenter());
    }

    /** Views are built from their tables; what belongs to single nodes is theirs. */
    private Predicate<TableDirectory> wanted(Request request, String backupSchema) {
        Set<String> views = new HashSet<>();
        return table -> {
            boolean kind = table.keyspace().equals(AUTH)
                    ? request.selection().isAll() && !request.keepAuth()
                    : !SYSTEM.contains(table.keyspace()) && request.selection().includes(table);
            if (!kind || views.contains(table.qualifiedName())) {
                return false;
            }
            if (schema.baseOfView(backupSchema, TableName.of(table)).isPresent()) {
                views.add(table.qualifiedName());
                return false;
            }
            return true;
        };
    }

    private Replication replication(
            Request request, String keyspace, Map<String, Replication> then, Cluster cluster, List<String> warnings) {
        Replication asked = request.replications().get(keyspace);
        if (asked == null) {
            asked = request.replications().get("");
        }
        Replication replication = asked != null ? asked : then.get(keyspace);
        TokenMap ring = cluster.wholeRing();
        if (replication == null) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED, "the schema of the backup does not define keyspace " + keyspace);
        }
        if (!replication.isSimple()) {
            Set<String> unknown = new HashSet<>(replication.perDatacenter().keySet());
            unknown.removeAll(ring.datacenters());
            if (!unknown.isEmpty()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "keyspace " + keyspace + " is replicated to datacenters " + unknown
                                + ", which the cluster does not have; say how instead, such as "
                                + suggestion(keyspace, replication, ring));
            }
        }
        tooFew(replication, ring)
                .ifPresent(datacenter -> warnings.add("keyspace " + keyspace + " has more replicas than " + datacenter
                        + " has nodes, so that requests for many of them fail; to change that add "
                        + suggestion(keyspace, replication, ring)));
        return replication;
    }

    private static Optional<String> tooFew(Replication replication, TokenMap ring) {
        if (replication.isSimple()) {
            return replication.in("") > ring.nodes().size() ? Optional.of("the cluster") : Optional.empty();
        }
        return replication.perDatacenter().entrySet().stream()
                .filter(factor -> factor.getValue()
                        > ring.in(Set.of(factor.getKey())).nodes().size())
                .map(factor -> "datacenter " + factor.getKey())
                .findFirst();
    }

    private static String suggestion(String keyspace, Replication replication, TokenMap ring) {
        int most = replication.perDatacenter().values().stream()
                .max(Comparator.naturalOrder())
                .orElse(1);
        Map<String, Integer> factors = new TreeMap<>();
        ring.datacenters()
                .forEach(datacenter -> factors.put(
                        datacenter,
                        Math.min(most, ring.in(Set.of(datacenter)).nodes().size())));
        return "--replication \"" + keyspace + "=" + new Replication(factors).cql() + "\"";
    }

    private Map<TableName, Fate> fates(List<TableDirectory> tables, String backupSchema) {
        Set<String> present =
                schema.tables().stream().map(TableDirectory::qualifiedName).collect(Collectors.toSet());
        Map<TableName, Fate> fates = new LinkedHashMap<>();
        for (TableDirectory table : tables) {
            TableName name = TableName.of(table);
            if (table.keyspace().equals(AUTH)) {
                continue;
            }
            Fate fate = Fate.CREATE;
            if (present.contains(table.qualifiedName())) {
                fate = schema.misfit(backupSchema, table, name).isEmpty() ? Fate.TRUNCATE : Fate.RECREATE;
            }
            fates.put(name, fate);
        }
        return fates;
    }

    /** The fewest nodes whose backups hold every token range once. */
    private static List<NodeBackup> fewest(
            ClusterBackup backup, List<NodeBackup> finished, Map<String, Replication> replications) {
        Set<NodeName> chosen = new Ring(backup.tokenMap())
                .fewestHolders(
                        new HashSet<>(replications.values()),
                        finished.stream().map(NodeBackup::node).collect(Collectors.toSet()));
        return finished.stream().filter(node -> chosen.contains(node.node())).toList();
    }

    private List<Move> dealRound(BackupName name, List<NodeBackup> sources, TokenMap ring) {
        List<BackupRepository.Summary> summaries = repository.summaries(sources, Optional.of(name));
        List<NodeName> targets = List.copyOf(ring.names());
        List<Move> moves = new ArrayList<>();
        for (int t = 0; t < Math.min(targets.size(), sources.size()); t++) {
            List<NodeName> own = new ArrayList<>();
            long bytes = 0;
            for (int i = t; i < sources.size(); i += targets.size()) {
                own.add(sources.get(i).node());
                bytes += summaries.get(i).extent().size();
            }
            moves.add(new Move(own, targets.get(t), true, false, 0, bytes));
        }
        return moves;
    }

    /**
     * Does what was planned. Nodes that fail are in the result.
     *
     * @throws MedusaException if nothing could be begun
     */
    public Result run(Request request, Prepared prepared) {
        long began = System.nanoTime();
        boolean complete = false;
        try {
            List<NodeOutcome> outcomes =
                    switch (prepared.plan().method()) {
                        case NODES -> exchangeNodes(request, prepared.plan());
                        case IMPORT -> importInto(request, prepared);
                        case SSTABLELOADER -> load(request, prepared);
                    };
            Result result = new Result(outcomes, Duration.ofNanos(System.nanoTime() - began));
            complete = result.isComplete();
            if (complete) {
                send(request, "restore-duration", result.duration().toMillis() / 1000.0);
            }
            return result;
        } finally {
            send(request, "restore-error", complete ? 0 : 1);
        }
    }

    private void send(Request request, String what, Number value) {
        monitor.send(new Metric(METRIC, what, request.name().value(), value));
    }

    private List<NodeOutcome> exchangeNodes(Request request, ClusterRestorePlan plan) {
        Map<NodeName, Move> moves = new LinkedHashMap<>();
        plan.moves().stream()
                // those that others wait for
                .sorted(Comparator.comparing(move -> !move.seed()))
                .forEach(move -> moves.put(move.target(), move));
        List<NodeName> targets = List.copyOf(moves.keySet());
        LimitedPool<NodeName> limits = new LimitedPool<>(request.parallel());
        failIfAny(
                nodes.each("Staging", targets, limits, target -> stage(request, move(moves, target))),
                "Nothing has been changed on any node; the same command goes on from what is staged.");
        stopAll(request, targets);
        LOG.info("Every node has its data; they exchange it now and start");
        return nodes.each("Restoring", targets, limits, target -> restore(request, plan, move(moves, target)));
    }

    private static Move move(Map<NodeName, Move> moves, NodeName target) {
        return Objects.requireNonNull(moves.get(target));
    }

    private static void failIfAny(List<NodeOutcome> outcomes, String consequence) {
        List<NodeOutcome> failed =
                outcomes.stream().filter(outcome -> !outcome.isDone()).toList();
        failed.forEach(outcome -> LOG.error("Failed: {}: {}", outcome.node(), outcome.cause()));
        if (!failed.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    failed.size() + " of " + outcomes.size() + " nodes failed, the first of them "
                            + failed.get(0).node() + ". " + consequence);
        }
    }

    private Nodes.Work stage(Request request, Move move) {
        Job job = job(request, "stage", move);
        List<String> words = restoreWords(request, move, List.of());
        words.add("--stage-only");
        String command = job.run(program.line(source(move), words));
        return new Nodes.Work(Optional.of(job), () -> {
            nodes.prepare(move.target(), job);
            Nodes.Ended ended = nodes.finish(move.target(), job, command, NOTHING);
            if (ended.status() == USAGE) {
                LOG.warn(
                        "{} runs a medusa that cannot stage beforehand: it fetches its data while it is down",
                        move.target());
                return Optional.empty();
            }
            return ended.cause();
        });
    }

    private Job job(Request request, String what, Move move) {
        return Job.of(
                request.temporaryDirectory(),
                what + " " + program.globalOptions() + " " + request.name() + " " + move.sources() + " "
                        + move.target());
    }

    private static List<String> source(Move move) {
        return List.of("--fqdn=" + move.sources().stream().map(NodeName::value).collect(Collectors.joining(",")));
    }

    /** The words of compat.md 15.6. */
    private static List<String> restoreWords(Request request, Move move, Collection<String> seeds) {
        List<String> words = new ArrayList<>(List.of("restore-node", move.inPlace() ? "--in-place" : "--remote"));
        if (request.keepAuth() && !move.inPlace()) {
            words.add("--keep-auth");
        }
        if (!seeds.isEmpty() && !move.seed()) {
            words.addAll(List.of("--seeds", String.join(",", seeds)));
        }
        words.addAll(List.of(
                "--no-verify",
                "--backup-name",
                request.name().value(),
                "--temp-dir",
                request.temporaryDirectory().toString()));
        return words;
    }

    /** Old and new data must never meet in one ring. */
    private void stopAll(Request request, List<NodeName> targets) {
        List<NodeOutcome> stopped = nodes.each(
                "Stopping",
                targets,
                new LimitedPool<>(request.parallel()),
                target -> new Nodes.Work(() -> {
                    CommandResult result = nodes.run(target, Shell.quoted(request.stopCommand()));
                    if (result.exitStatus().isEmpty()) {
                        return Optional.of(result.errors());
                    }
                    if (!result.isSuccess()) {
                        LOG.info(
                                "{}: stop_cmd ended with status {}",
                                target,
                                result.exitStatus().getAsInt());
                    }
                    return Optional.empty();
                }));
        if (stopped.stream().allMatch(NodeOutcome::isDone)) {
            return;
        }
        LOG.warn("Not every node could be stopped: those that were are started again");
        var unused = nodes.each(
                "Starting",
                stopped.stream()
                        .filter(NodeOutcome::isDone)
                        .map(NodeOutcome::node)
                        .toList(),
                new LimitedPool<>(request.parallel()),
                target -> new Nodes.Work(() -> {
                    CommandResult result = nodes.run(target, Shell.quoted(request.startCommand()));
                    return result.isSuccess() ? Optional.empty() : Optional.of(Nodes.shellCause(result));
                }));
        failIfAny(stopped, "No data has been changed on any node.");
    }

    private Nodes.Work restore(Request request, ClusterRestorePlan plan, Move move) {
        List<String> seeds = plan.moves().stream()
                .filter(Move::seed)
                .map(seed -> seed.target().value())
                .toList();
        Job job = job(request, "restore", move);
        String command = job.run(program.line(source(move), restoreWords(request, move, seeds)));
        return new Nodes.Work(Optional.of(job), () -> {
            nodes.prepare(move.target(), job);
            return nodes.finish(move.target(), job, command, NOTHING).cause();
        });
    }

    private List<NodeOutcome> importInto(Request request, Prepared prepared) {
        layTables(prepared);
        List<NodeName> targets = prepared.plan().moves().stream()
                .filter(move -> move.sstables() > 0)
                .map(Move::target)
                .toList();
        List<NodeOutcome> outcomes = nodes.each("Importing", targets, new LimitedPool<>(request.parallel()), target -> {
            ImportPlanner.Share share = Objects.requireNonNull(prepared.shares().get(target));
            Job job = Job.of(
                    request.temporaryDirectory(),
                    "import " + program.globalOptions() + " " + request.name() + " " + target);
            String command = job.runWithFile(
                    "plan",
                    program.line(
                            "import-sstables",
                            "--plan",
                            "plan",
                            "--temp-dir",
                            request.temporaryDirectory().toString()));
            byte[] plan = share.plan().text().getBytes(StandardCharsets.UTF_8);
            return new Nodes.Work(Optional.of(job), () -> {
                nodes.prepare(target, job);
                return nodes.finish(target, job, command, plan).cause();
            });
        });
        if (outcomes.stream().allMatch(NodeOutcome::isDone)) {
            buildViews(prepared);
        }
        return outcomes;
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

    private List<NodeOutcome> load(Request request, Prepared prepared) {
        layTables(prepared);
        Map<NodeName, Move> moves = new LinkedHashMap<>();
        prepared.plan().moves().forEach(move -> moves.put(move.target(), move));
        return nodes.each("Loading", List.copyOf(moves.keySet()), new LimitedPool<>(request.parallel()), target -> {
            Move move = move(moves, target);
            Job job = job(request, "load", move);
            List<String> words = restoreWords(request, move, List.of());
            words.add("--use-sstableloader");
            request.selection().keyspaces().forEach(keyspace -> words.addAll(List.of("--keyspace", keyspace)));
            request.selection().tables().forEach(table -> words.addAll(List.of("--table", table)));
            String command = job.run(program.line(source(move), words));
            return new Nodes.Work(Optional.of(job), () -> {
                nodes.prepare(target, job);
                return nodes.finish(target, job, command, NOTHING).cause();
            });
        });
    }
}
