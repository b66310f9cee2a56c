package io.medusa.cluster;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.Fit;
import io.medusa.cassandra.Release;
import io.medusa.cassandra.SSTableHeader;
import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.cluster.ClusterRestorePlan.TableAction;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Coverage;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.StoredBackup;
import io.medusa.schema.BackupSchema;
import io.medusa.transfer.LimitedPool;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Plans the restore of a cluster. Changes nothing. */
final class RestorePlanner {
    private static final int LOOKUPS_AT_ONCE = 16;
    /** Nodes that start a round at about the same time differ by less. */
    private static final Duration LATE = Duration.ofHours(1);

    private final BackupCatalog catalog;
    private final CassandraSchema schema;
    private final ImportPlanner planner;

    RestorePlanner(BackupCatalog catalog, CassandraSchema schema, ImportPlanner planner) {
        this.catalog = catalog;
        this.schema = schema;
        this.planner = planner;
    }

    /**
     * Plans the restore. Changes nothing.
     *
     * @throws MedusaException if it cannot be done
     */
    PreparedRestore prepare(ClusterRestoreRequest request, ClusterBackup whole) {
        ClusterBackup backup = new Datacenters(request, whole).chosen();
        List<NodeBackup> finished =
                backup.nodeBackups().stream().filter(NodeBackup::isFinished).toList();
        List<String> warnings = new ArrayList<>();
        checkComplete(request, backup, finished, warnings);
        noteLateNodes(finished, warnings);
        StoredBackup first = catalog.stored(finished.get(0));
        BackupSchema backupSchema = first.schema();
        boolean metadataLog = Release.keepsMetadataLog(first.serverVersion());
        MethodChoice choice = MethodChoice.of(request, backup, metadataLog, !metadataLog || isOfOneEpoch(finished));
        return switch (choice.method()) {
            case NODES -> {
                Datacenters datacenters = new Datacenters(request, whole);
                datacenters.checkOthers(choice.mapping(), warnings);
                datacenters.noteNewNames(backupSchema.replications(), warnings);
                yield byNodes(request, choice, finished, backupSchema, warnings);
            }
            case IMPORT, SSTABLELOADER -> running(request, choice, backup, finished, backupSchema, warnings);
        };
    }

    /** Nodes that joined a backup late brought data of a later moment, which a restore mixes with that of the others. */
    private void noteLateNodes(List<NodeBackup> finished, List<String> warnings) {
        Map<NodeName, Instant> taken = new ConcurrentHashMap<>();
        var unused = new LimitedPool<NodeBackup>(LOOKUPS_AT_ONCE).mapAll(finished, backup -> {
            catalog.snapshot(backup.node(), backup.name())
                    .ifPresent(snapshot -> taken.put(backup.node(), snapshot.taken()));
            return backup;
        });
        taken.values().stream().min(Comparator.naturalOrder()).ifPresent(first -> {
            Map<NodeName, Instant> late = new TreeMap<>(taken);
            late.values().removeIf(moment -> moment.isBefore(first.plus(LATE)));
            if (!late.isEmpty()) {
                Instant last =
                        late.values().stream().max(Comparator.naturalOrder()).orElseThrow();
                warnings.add("the data of "
                        + String.join(
                                ", ",
                                late.keySet().stream().map(NodeName::value).toList())
                        + " is of a later moment than that of the other nodes: the snapshots were taken from " + first
                        + " to " + last);
            }
        });
    }

    /** Whether no two nodes' backups show different states of the cluster's metadata, as far as they recorded them. */
    private boolean isOfOneEpoch(List<NodeBackup> finished) {
        return finished.stream()
                        .map(backup ->
                                catalog.stored(backup).tokenMap().orThrow().epoch())
                        .filter(OptionalLong::isPresent)
                        .distinct()
                        .count()
                <= 1;
    }

    /** The replication in the backup, with the datacenters' names in the target cluster. */
    private Map<String, Replication> replications(ClusterRestoreRequest request, BackupSchema backupSchema) {
        Map<String, Replication> then = new TreeMap<>(backupSchema.replications());
        then.replaceAll((keyspace, replication) -> replication.renamed(request.datacenters()));
        return then;
    }

    private void checkComplete(
            ClusterRestoreRequest request, ClusterBackup backup, List<NodeBackup> finished, List<String> warnings) {
        if (finished.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    "no node has finished backup " + request.name() + ". Choose another backup");
        }
        if (backup.isComplete()) {
            return;
        }
        String missing = "backup " + request.name() + " is incomplete: "
                + (backup.missingNodes().size() + backup.incompleteNodes().size()) + " of "
                + backup.tokenMap().names().size() + " nodes have not finished it, and "
                + coverage(request, backup, finished);
        if (!request.incompleteToo()) {
            throw new MedusaException(
                    FailureKind.BACKUP_INCOMPLETE,
                    missing
                            + ". Choose another backup, or add --incomplete to restore what it has into a running"
                            + " cluster");
        }
        warnings.add(missing);
    }

    private String coverage(ClusterRestoreRequest request, ClusterBackup backup, List<NodeBackup> finished) {
        Coverage coverage = Coverage.of(
                backup.tokenMap(),
                replications(request, catalog.stored(finished.get(0)).schema()),
                names(finished),
                1);
        String wanting = coverage.keyspaces().stream()
                .filter(keyspace -> !keyspace.isWhole())
                .map(Coverage.OfKeyspace::keyspace)
                .collect(Collectors.joining(", "));
        return wanting.isEmpty()
                ? "every token range still has a backed-up replica"
                : "some token ranges have no backed-up replica in " + wanting;
    }

    private PreparedRestore byNodes(
            ClusterRestoreRequest request,
            MethodChoice choice,
            List<NodeBackup> finished,
            BackupSchema backupSchema,
            List<String> warnings) {
        Map<NodeName, NodeBackup> bySource = new LinkedHashMap<>();
        finished.forEach(backup -> bySource.put(backup.node(), backup));
        List<NodeBackup> used = new ArrayList<>();
        for (MappedNode node : choice.mapping()) {
            NodeBackup backup = bySource.get(node.source());
            if (backup == null) {
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "node " + node.source() + " has no finished backup " + request.name());
            }
            used.add(backup);
        }
        List<BackupCatalog.Summary> summaries = catalog.summaries(used, Optional.of(request.name()));
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < used.size(); i++) {
            MappedNode node = choice.mapping().get(i);
            moves.add(new Move(
                    List.of(node.source()),
                    node.target(),
                    choice.inPlace()
                            || (request.mapping().isEmpty() && node.source().equals(node.target())),
                    node.seed(),
                    0,
                    summaries.get(i).stats().size()));
        }
        return new PreparedRestore(
                new ClusterRestorePlan(request.name(), Method.NODES, choice.why(), moves, Map.of(), warnings),
                backupSchema,
                List.of(),
                Map.of());
    }

    private PreparedRestore running(
            ClusterRestoreRequest request,
            MethodChoice choice,
            ClusterBackup backup,
            List<NodeBackup> finished,
            BackupSchema backupSchema,
            List<String> warnings) {
        TargetCluster cluster = request.cluster().orElseThrow();
        ImportPlanner.Contents contents = planner.read(finished, wanted(request, backupSchema));
        List<TableDirectory> tables = List.copyOf(contents.tables());
        List<String> unmatched = request.selection().unmatched(tables);
        List<String> unknown = unmatched.isEmpty() || tables.isEmpty()
                ? unmatched
                : backupSchema.unknown(request.selection(), tables, backup.scope());
        if (tables.isEmpty() || !unknown.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + request.name() + " has no "
                            + (unknown.isEmpty()
                                    ? "tables except those of single nodes"
                                    : String.join(", no ", unknown))
                            + ". Names are case-sensitive, and views are restored with their tables");
        }
        unmatched.forEach(what -> warnings.add("the backup has no data of " + what));
        CreatedKeyspaces created = new CreatedKeyspaces(request);
        BackupSchema now = BackupSchema.parse(cluster.schema());
        Map<String, Replication> replications = new TreeMap<>(now.replications());
        Map<String, Replication> then = replications(request, backupSchema);
        new Datacenters(request, backup).checkKeyspaces(tables, then, warnings);
        for (TableDirectory table : tables) {
            replications.computeIfAbsent(table.keyspace(), keyspace -> created.of(keyspace, then, cluster, warnings));
        }
        List<Fit.Incoming> incoming = incoming(contents, finished);
        Map<TableName, TableAction> actions =
                TableActions.of(schema.fits(backupSchema, incoming), schema::isAutoSnapshot, warnings);
        noteLeftOut(request, backupSchema, now, actions, warnings);
        List<NodeBackup> sources =
                request.oneReplica() ? fewest(backup, finished, replicationsOf(tables, then)) : finished;
        if (choice.method() == Method.SSTABLELOADER) {
            return new PreparedRestore(
                    new ClusterRestorePlan(
                            request.name(),
                            choice.method(),
                            choice.why(),
                            dealRound(request.name(), sources, cluster.ring()),
                            actions,
                            warnings),
                    backupSchema.withReplications(replications),
                    incoming,
                    Map.of());
        }
        Map<NodeName, NodeName> same = sameTokens(request, backup, tables, replications, then);
        Map<NodeName, ImportPlanner.NodeAssignment> assignments = !same.keySet().containsAll(names(finished))
                ? planner.deal(request.name(), contents, names(sources), cluster.ring(), replications)
                : planner.pass(request.name(), contents, same);
        List<Move> moves = new ArrayList<>();
        assignments.forEach((node, assignment) -> moves.add(new Move(
                List.copyOf(assignment.plan().sources().keySet()),
                node,
                false,
                false,
                assignment.sstables(),
                assignment.bytes())));
        return new PreparedRestore(
                new ClusterRestorePlan(request.name(), choice.method(), choice.why(), moves, actions, warnings),
                backupSchema.withReplications(replications),
                incoming,
                assignments);
    }

    /** A keyspace, its types and functions are created with its first missing table; without one, nobody creates them. */
    private static void noteLeftOut(
            ClusterRestoreRequest request,
            BackupSchema backupSchema,
            BackupSchema now,
            Map<TableName, TableAction> actions,
            List<String> warnings) {
        Set<String> created = actions.entrySet().stream()
                .filter(action -> action.getValue() != TableAction.TRUNCATE)
                .map(action -> action.getKey().keyspace())
                .collect(Collectors.toSet());
        List<String> left = backupSchema.droppedUntil(
                now,
                keyspace -> !created.contains(keyspace)
                        && (request.selection().isAll()
                                || request.selection().keyspaces().contains(keyspace)));
        if (!left.isEmpty()) {
            warnings.add("not restored, because no table of its keyspace has to be created: " + String.join(", ", left)
                    + ". Create it with its statement in the backup's schema.cql");
        }
    }

    /**
     * The nodes of the cluster by those of the backup, if each owns the tokens that the other had, and all rows of the tables are
     * where they were; else nothing.
     */
    private static Map<NodeName, NodeName> sameTokens(
            ClusterRestoreRequest request,
            ClusterBackup backup,
            List<TableDirectory> tables,
            Map<String, Replication> now,
            Map<String, Replication> then) {
        TokenMap ring = request.cluster().orElseThrow().ring();
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

    /** Leaves out views, which are rebuilt from their tables, and tables that are local to a node. */
    private Predicate<TableDirectory> wanted(ClusterRestoreRequest request, BackupSchema backupSchema) {
        // called for every node, and the schema is long
        Map<TableDirectory, Boolean> known = new HashMap<>();
        return table -> known.computeIfAbsent(
                table,
                asked -> isAskedFor(request, asked)
                        && backupSchema.baseOfView(TableName.of(asked)).isEmpty());
    }

    private static boolean isAskedFor(ClusterRestoreRequest request, TableDirectory table) {
        return table.keyspace().equals(SystemKeyspaces.AUTH)
                ? request.selection().isAll() && !request.keepAuth()
                : !SystemKeyspaces.holdsNoUserData(table.keyspace())
                        && request.selection().includes(table);
    }

    private static Set<NodeName> names(List<NodeBackup> backups) {
        return backups.stream().map(NodeBackup::node).collect(Collectors.toSet());
    }

    private static List<Fit.Incoming> incoming(ImportPlanner.Contents contents, List<NodeBackup> finished) {
        Instant taken = finished.stream()
                .map(NodeBackup::started)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        Map<TableDirectory, Set<SSTableHeader>> headers = contents.headers();
        return contents.tables().stream()
                .map(table -> new Fit.Incoming(
                        table,
                        TableName.of(table),
                        headers.getOrDefault(table, Set.of()),
                        finished.get(0).name(),
                        taken))
                .toList();
    }

    private static Map<String, Replication> replicationsOf(
            List<TableDirectory> tables, Map<String, Replication> replications) {
        Map<String, Replication> own = new TreeMap<>(replications);
        own.keySet().retainAll(tables.stream().map(TableDirectory::keyspace).collect(Collectors.toSet()));
        return own;
    }

    /** A small set of nodes whose backups contain every token range once. */
    private static List<NodeBackup> fewest(
            ClusterBackup backup, List<NodeBackup> finished, Map<String, Replication> replications) {
        Set<NodeName> chosen =
                new Ring(backup.tokenMap()).fewestHolders(new HashSet<>(replications.values()), names(finished));
        return finished.stream().filter(node -> chosen.contains(node.node())).toList();
    }

    private List<Move> dealRound(BackupName name, List<NodeBackup> sources, TokenMap ring) {
        List<BackupCatalog.Summary> summaries = catalog.summaries(sources, Optional.of(name));
        List<NodeName> targets = List.copyOf(ring.names());
        List<Move> moves = new ArrayList<>();
        for (int t = 0; t < Math.min(targets.size(), sources.size()); t++) {
            List<NodeName> own = new ArrayList<>();
            long bytes = 0;
            for (int i = t; i < sources.size(); i += targets.size()) {
                own.add(sources.get(i).node());
                bytes += summaries.get(i).stats().size();
            }
            moves.add(new Move(own, targets.get(t), true, false, 0, bytes));
        }
        return moves;
    }
}
