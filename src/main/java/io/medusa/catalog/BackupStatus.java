package io.medusa.catalog;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Coverage;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Run;
import io.medusa.repository.UnknownBackup;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells how far the backup of a name is on all nodes. */
public final class BackupStatus {
    private static final Logger LOG = LoggerFactory.getLogger(BackupStatus.class);

    private final BackupCatalog catalog;

    /** The caller closes the catalog. */
    public BackupStatus(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    /** One node's part as its own files tell it, without the index; nothing if it has not begun. */
    public Optional<NodeBackup> ofNode(NodeName node, BackupName name) {
        return catalog.findNodeBackup(node, name);
    }

    /** The backup, or nothing if there is none of that name. */
    public Optional<BackupSummary> run(BackupName name) {
        return catalog.findClusterBackup(name)
                .map(backup -> Summaries.of(catalog, List.of(backup)).get(0));
    }

    /**
     * The backup.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if there is none of that name
     */
    public BackupSummary known(BackupName name) {
        return run(name).orElseThrow(() -> UnknownBackup.inCluster(catalog, name));
    }

    /** Failed runs of that name that never began a backup, by node. */
    public List<Run> notBegun(BackupName name) {
        return catalog.runs(key -> key.name().equals(name)).values().stream()
                .filter(run -> run.state() == Run.State.FAILED)
                .sorted(Comparator.comparing(Run::node))
                .toList();
    }

    /** What the finished nodes have of each table, by qualified name; a manifest that cannot be read is logged and left out. */
    public SortedMap<String, TableUsage> tables(ClusterBackup backup) {
        List<NodeBackup> finished =
                backup.nodeBackups().stream().filter(NodeBackup::isFinished).toList();
        SortedMap<String, TableUsage> all = new TreeMap<>();
        catalog.bucket()
                .lookups()
                .mapAll("Reading", finished, node -> 0, this::tablesOf)
                .forEach(tables -> tables.forEach((table, usage) -> all.merge(table, usage, TableUsage::plus)));
        return all;
    }

    private Map<String, TableUsage> tablesOf(NodeBackup node) {
        return catalog.stored(node)
                .read(entries -> {
                    Map<String, TableUsage> tables = new HashMap<>();
                    for (var next = entries.nextSection(); next.isPresent(); next = entries.nextSection()) {
                        String table = next.get().table().qualifiedName();
                        long[] counts = new long[2];
                        entries.nextEntries(entry -> {
                            counts[0]++;
                            counts[1] += entry.size();
                        });
                        // a table in two data directories may have two sections
                        tables.merge(
                                table,
                                new TableUsage(1, counts[0], counts[1]),
                                (a, b) -> new TableUsage(1, a.files() + b.files(), a.bytes() + b.bytes()));
                    }
                    return tables;
                })
                .orElse(damaged -> {
                    LOG.error("{}", damaged.reason());
                    return Map.of();
                });
    }

    /**
     * Whether the nodes that are finished hold every token range of every keyspace between them; nothing if that cannot be told,
     * since the backup has no schema.
     *
     * @param replicas how many of them must hold each
     */
    public Optional<Coverage> coverage(ClusterBackup backup, int replicas) {
        NodeBackup source = backup.completeNodes().stream()
                .findFirst()
                .orElse(backup.nodeBackups().get(0));
        Map<String, Replication> keyspaces = catalog.stored(source).schema().replications();
        if (keyspaces.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Coverage.of(
                backup.tokenMap(),
                keyspaces,
                backup.completeNodes().stream().map(NodeBackup::node).collect(Collectors.toSet()),
                replicas));
    }
}
