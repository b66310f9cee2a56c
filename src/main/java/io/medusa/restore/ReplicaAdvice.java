package io.medusa.restore;

import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Release;
import io.medusa.cassandra.SchemaHistory;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.ServerVersion;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.repository.StoredBackup;
import io.medusa.schema.BackupSchema;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares one backup with the running node and its ring, and reports the consequences of restoring only this node. Changes nothing. */
final class ReplicaAdvice {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaAdvice.class);

    /** The {@code gc_grace_seconds} of Cassandra's schema tables: how long a node remembers what was dropped. */
    private static final Duration SCHEMA_GRACE = Duration.ofDays(7);

    private static final int MOST_NAMES = 5;

    private final SchemaHistory history;
    private final Clock clock;
    private final NodeBackup backup;
    private final TableSelection selection;
    private final Optional<NodeDescription> live;
    private final Supplier<ServerVersion> versionThen;
    private final TokenMap ringThen;
    private final BackupSchema schemaThen;
    private final Map<String, Replication> replications;
    private final List<TableDirectory> tables;
    private final Set<TableDirectory> replicated;
    private final List<String> notes = new ArrayList<>();

    /**
     * Reads what it compares.
     *
     * @param live this node as it describes itself; empty if it is down
     */
    ReplicaAdvice(
            SchemaHistory history,
            Clock clock,
            StoredBackup backup,
            TableSelection selection,
            Optional<NodeDescription> live) {
        this.history = history;
        this.clock = clock;
        this.backup = backup.backup();
        this.selection = selection;
        this.live = live;
        this.versionThen = backup::serverVersion;
        this.ringThen = backup.tokenMap().orThrow();
        this.schemaThen = backup.schema();
        this.replications = schemaThen.replications();
        this.tables = isAlone()
                ? List.of()
                : backup.manifest().orThrow().sections().stream()
                        .map(ManifestSection::table)
                        .toList();
        this.replicated = replicatedTables();
    }

    private boolean isAlone() {
        return live.map(NodeDescription::wholeRing).orElse(ringThen).names().size() <= 1;
    }

    private Set<TableDirectory> replicatedTables() {
        return tables.stream()
                .filter(table -> selection.includes(table)
                        && !SystemKeyspaces.isRecords(table.keyspace())
                        && replicas(table.keyspace()) > 1)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private int replicas(String keyspace) {
        Replication replication = replications.get(keyspace);
        return replication == null
                ? 0
                : replication.perDatacenter().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum();
    }

    /** @param allNodes whether all other nodes are restored from this backup, too */
    AfterRestore ofNode(boolean allNodes) {
        if (isAlone()) {
            return AfterRestore.NOTHING;
        }
        boolean everything = selection.isAll();
        if (everything) {
            if (!allNodes) {
                refuseOlderMetadata();
            }
            refuseToBringBack();
        }
        List<String> commands = new ArrayList<>();
        if (!replicated.isEmpty()) {
            commands.addAll(repairs(everything));
            notes.add((live.isEmpty() ? "Unless all nodes are restored from this backup: until" : "Until")
                    + " the repair ends, this node lacks what was written since the backup, also where it was"
                    + " acknowledged by a quorum: reads can miss it. An incremental repair is not enough, since it"
                    + " skips SSTables that were repaired before the backup");
            countersNote();
            graceNote();
            truncationNote();
        }
        if (everything) {
            ringNotes(commands);
        }
        return new AfterRestore(commands, notes);
    }

    private List<String> repairs(boolean everything) {
        if (everything) {
            return List.of("nodetool repair --full");
        }
        Map<String, Set<String>> byKeyspace = new TreeMap<>();
        replicated.forEach(table -> byKeyspace
                .computeIfAbsent(table.keyspace(), keyspace -> new TreeSet<>())
                .add(table.table()));
        return byKeyspace.entrySet().stream()
                .map(entry -> "nodetool repair --full " + entry.getKey()
                        + (selection.keyspaces().contains(entry.getKey())
                                ? ""
                                : " " + String.join(" ", entry.getValue())))
                .toList();
    }

    private static BackupSchema schema(NodeDescription node) {
        return BackupSchema.parse(node.metadata().fullSchema());
    }

    /**
     * From Cassandra 6 on, a change of the schema or of the ring is an entry of a numbered log. A node that is put back to an older
     * entry, and that may add entries, gives numbers a second time that the others know with another content.
     */
    private void refuseOlderMetadata() {
        Stream.concat(
                        Stream.of(versionThen.get()),
                        live.map(node -> node.metadata().version()).stream())
                .filter(version -> Release.keepsMetadataLog(version))
                .map(ServerVersion::releaseVersion)
                .findFirst()
                .ifPresent(version -> {
                    throw new MedusaException(
                            FailureKind.REFUSED,
                            "a single node of a Cassandra " + version + " cluster cannot be restored to an older state:"
                                    + " its log of the cluster's metadata (schema, members, tokens) would contradict that of"
                                    + " the other nodes. Nothing was changed. Restore all nodes with restore-cluster, or"
                                    + " select what to restore on this one with --keyspace or --table. If Cassandra is down"
                                    + " on all nodes and you restore all of them from this backup, add"
                                    + " --stay-down-on-failure");
                });
    }

    /** Nodes merge their schemas: a definition that one node has and all others have forgotten comes back on all of them. */
    private void refuseToBringBack() {
        if (live.isEmpty() || !isOfThisRing(live.get())) {
            return;
        }
        List<String> dropped = schemaThen.droppedUntil(schema(live.get()));
        if (dropped.isEmpty()) {
            return;
        }
        if (age().compareTo(SCHEMA_GRACE) > 0) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "backup " + backup.name() + " is older than 7 days and defines what has been dropped since ("
                            + names(dropped)
                            + "): the other nodes may no longer remember the drop, so this node would bring it back in"
                            + " the whole cluster. Nothing was changed. Select what to restore with --keyspace or"
                            + " --table, which changes nothing in the schema except creating these tables, or restore"
                            + " all nodes with restore-cluster (or stop Cassandra on all of them first)");
        }
        notes.add("Dropped since the backup, dropped again when this node receives the schema of the other nodes: "
                + names(dropped));
    }

    /** Whether the ring has any of the backup's tables: a new ring, built for the restore, has none. */
    private boolean isOfThisRing(NodeDescription node) {
        Set<String> present =
                node.tables().stream().flatMap(table -> table.id().stream()).collect(Collectors.toSet());
        return tables.stream()
                .filter(table -> !SystemKeyspaces.isSystem(table.keyspace()))
                .anyMatch(table -> table.id().filter(present::contains).isPresent());
    }

    private Duration age() {
        return Duration.between(backup.started(), clock.instant());
    }

    private void countersNote() {
        Set<TableName> counters = schemaThen.counters();
        List<String> restored = replicated.stream()
                .filter(table -> counters.contains(TableName.of(table)))
                .map(TableDirectory::qualifiedName)
                .toList();
        if (!restored.isEmpty()) {
            notes.add("Stop the writers of counters (" + names(restored)
                    + ") before the restore and until the repair ends: increments that this node coordinates before"
                    + " that are lost");
        }
    }

    private void graceNote() {
        Map<TableName, Duration> grace = new HashMap<>(schemaThen.grace());
        live.ifPresent(node -> grace.putAll(schema(node).grace()));
        List<String> past = replicated.stream()
                .filter(table -> {
                    Duration of = grace.get(TableName.of(table));
                    return of != null && of.compareTo(age()) < 0;
                })
                .map(TableDirectory::qualifiedName)
                .toList();
        if (!past.isEmpty()) {
            notes.add("The backup is older than gc_grace_seconds of " + names(past)
                    + ": rows that were deleted since can come back on all replicas. To avoid that, restore all nodes"
                    + " with restore-cluster, or let this node stream its data from the others instead (start it empty"
                    + " with -Dcassandra.replace_address_first_boot)");
        }
    }

    private void truncationNote() {
        Map<String, Instant> truncations = live.isPresent() ? truncations() : Map.of();
        List<String> truncated = replicated.stream()
                .filter(table -> table.id()
                        .map(truncations::get)
                        .filter(backup.started()::isBefore)
                        .isPresent())
                .map(TableDirectory::qualifiedName)
                .toList();
        if (!truncated.isEmpty()) {
            notes.add("Truncated since the backup: " + names(truncated)
                    + ". Their rows come back, on all replicas; truncate them again before the repair");
        }
    }

    private Map<String, Instant> truncations() {
        try {
            return history.truncations();
        } catch (MedusaException unknown) {
            LOG.warn("Cannot determine when tables were truncated: {}", unknown.getMessage());
            return Map.of();
        }
    }

    private void ringNotes(List<String> commands) {
        if (live.isEmpty()) {
            if (age().compareTo(SCHEMA_GRACE) > 0) {
                notes.add("The backup is older than 7 days and this node is down, so that its schema cannot be compared"
                        + " with that of the ring: what has been dropped since may come back in the whole cluster."
                        + " To leave the schema alone, select what to restore with --keyspace or --table");
            }
            return;
        }
        TokenMap ringNow = live.get().metadata().tokenMap();
        List<String> left = missing(ringThen.names(), ringNow.names());
        if (!left.isEmpty()) {
            notes.add("Left the ring since the backup: " + names(left)
                    + ". If nodetool status on this node shows one of them, run nodetool assassinate ADDRESS here");
        }
        if (!missing(ringNow.names(), ringThen.names()).isEmpty()) {
            commands.add("nodetool cleanup");
        }
    }

    private List<String> missing(Collection<NodeName> of, Collection<NodeName> in) {
        return of.stream()
                .filter(node -> !in.contains(node))
                .map(NodeName::value)
                .sorted()
                .toList();
    }

    AfterRestore ofTable(TableName table, TableName as) {
        refuseRowsOfOthers(table, as);
        if (replicated.isEmpty()) {
            return AfterRestore.NOTHING;
        }
        return new AfterRestore(
                List.of("nodetool repair --full " + as.keyspace() + " " + as.table()),
                List.of("The other replicas do not have these rows before the repair ends"
                        + (table.equals(as)
                                ? "; restore-cluster --table " + table + " restores a table on all nodes"
                                : "")));
    }

    /** Cassandra would refuse such rows after the table is truncated, or cleanup would remove them. */
    private void refuseRowsOfOthers(TableName table, TableName as) {
        Replication then = replications.get(table.keyspace());
        if (live.isEmpty() || then == null) {
            return;
        }
        TokenMap ringNow = live.get().metadata().tokenMap();
        Replication now = schema(live.get()).replications().getOrDefault(as.keyspace(), then);
        TokenHolders before = new TokenHolders(new Ring(ringThen), then);
        TokenHolders after = new TokenHolders(new Ring(ringNow), now);
        boolean keepsAll = Stream.concat(before.ends().stream(), after.ends().stream())
                .allMatch(token -> !before.holds(backup.node(), token) || after.holds(thisNode(ringNow), token));
        if (!keepsAll) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "rows of " + table + " in the backup of node " + backup.node()
                            + " belong to other nodes than this one now; nothing was changed. "
                            + (table.equals(as)
                                    ? "restore-cluster --backup-name " + backup.name() + " --table " + table
                                            + " sends each row to the nodes that own it"
                                    : "Restore into a keyspace that is replicated like " + table.keyspace()
                                            + " was, or all nodes with restore-cluster"));
        }
    }

    /** The queried node, the only one that a description knows to be up; {@code --fqdn} may name another. */
    private NodeName thisNode(TokenMap ringNow) {
        return ringNow.nodes().entrySet().stream()
                .filter(node -> Boolean.TRUE.equals(node.getValue().up()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(backup.node());
    }

    private String names(Collection<String> all) {
        String first = all.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return all.size() <= MOST_NAMES ? first : first + " and " + (all.size() - MOST_NAMES) + " more";
    }
}
