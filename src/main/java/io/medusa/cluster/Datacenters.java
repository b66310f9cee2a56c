package io.medusa.cluster;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Selects the datacenters of a backup to restore, and reports those that are left out.
 *
 * @param backup the backup with all its datacenters
 */
record Datacenters(ClusterRestoreRequest request, ClusterBackup backup) {

    /**
     * The selected part of the backup, with the datacenters' names in the target cluster.
     *
     * @throws MedusaException of kind USAGE if there is no such datacenter
     */
    ClusterBackup chosen() {
        if (request.datacenters().isEmpty()) {
            return backup;
        }
        request.datacenters()
                .keySet()
                .forEach(name -> refuseUnknown(name, backup.tokenMap().datacenters(), "backup " + backup.name()));
        request.cluster().ifPresent(cluster -> request.datacenters()
                .values()
                .forEach(name -> refuseUnknown(name, cluster.ring().datacenters(), "the cluster")));
        ClusterBackup chosen = backup.in(request.datacenters().keySet());
        return new ClusterBackup(
                chosen.name(), chosen.nodeBackups(), chosen.tokenMap().renamed(request.datacenters()));
    }

    private static void refuseUnknown(String name, Set<String> present, String where) {
        if (!present.contains(name)) {
            throw new MedusaException(
                    FailureKind.USAGE, where + " has no datacenter " + name + ", only " + String.join(", ", present));
        }
    }

    /**
     * Checks that restored nodes will not join others that keep their present data.
     *
     * @throws MedusaException of kind REFUSED if they would and this was not allowed
     */
    void checkOthers(List<MappedNode> mapping, List<String> warnings) {
        Set<String> unused = unused(mapping);
        if (!unused.isEmpty()) {
            warnings.add("not restored: the data of datacenter " + String.join(", ", unused)
                    + (backup.otherDatacenters().containsAll(unused) ? ", which is not in the backup" : ""));
        }
        String staying = request.cluster()
                .map(cluster -> staying(cluster.ring(), mapping))
                .orElse(request.inPlace() && !unused.isEmpty() ? "datacenter " + String.join(", ", unused) : "");
        if (staying.isEmpty()) {
            return;
        }
        if (!request.othersStay()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    staying + " would keep its present data and meet the restored nodes with it. Stop its nodes and add"
                            + " --leave-other-datacenters, or add --use-import, which restores the tables of a running"
                            + " cluster in all datacenters");
        }
        warnings.add(
                staying + " keeps its present data: unless its nodes are down when the others start, what was written"
                        + " since the backup comes back from there. To give them the restored data, clear their data"
                        + " directories, start them and run nodetool rebuild");
    }

    private Set<String> unused(List<MappedNode> mapping) {
        Set<String> unused = new TreeSet<>(backup.otherDatacenters());
        unused.addAll(backup.tokenMap().datacenters());
        mapping.stream()
                .map(node -> backup.tokenMap().nodes().get(node.source()))
                .filter(Objects::nonNull)
                .forEach(node -> unused.remove(String.valueOf(node.datacenter())));
        return unused;
    }

    private static String staying(TokenMap ring, List<MappedNode> mapping) {
        Set<NodeName> targets = mapping.stream().map(MappedNode::target).collect(Collectors.toSet());
        Map<String, List<String>> staying = new TreeMap<>();
        ring.nodes().forEach((name, node) -> {
            if (!targets.contains(name)) {
                staying.computeIfAbsent(String.valueOf(node.datacenter()), absent -> new ArrayList<>())
                        .add(name.value());
            }
        });
        return staying.entrySet().stream()
                .map(datacenter ->
                        "datacenter " + datacenter.getKey() + " (" + String.join(", ", datacenter.getValue()) + ")")
                .collect(Collectors.joining(" and "));
    }

    /** Logs the replication of keyspaces whose datacenters have other names in the target cluster. */
    void noteNewNames(Map<String, Replication> then, List<String> warnings) {
        new TreeMap<>(then).forEach((keyspace, replication) -> {
            Replication renamed = replication.renamed(request.datacenters());
            if (!renamed.equals(replication)) {
                warnings.add("keyspace " + keyspace
                        + " is restored with the old names of datacenters. When the nodes are up,"
                        + " run: ALTER KEYSPACE \"" + keyspace + "\" WITH replication = " + renamed.cql());
            }
        });
    }

    /**
     * Checks that no table is truncated whose rows the backup does not contain.
     *
     * @param then the replication in the backup, with the datacenters' names in the target cluster
     * @throws MedusaException if any would be
     */
    void checkKeyspaces(Collection<TableDirectory> tables, Map<String, Replication> then, List<String> warnings) {
        Set<String> there = backup.tokenMap().datacenters();
        Set<String> others = backup.otherDatacenters();
        String only = String.join(", ", there);
        if (!others.isEmpty()) {
            warnings.add("not restored: what only datacenter " + String.join(", ", others) + " had");
        }
        Set<String> absent = new TreeSet<>();
        Set<String> partial = new TreeSet<>();
        for (String keyspace : tables.stream().map(TableDirectory::keyspace).collect(Collectors.toSet())) {
            Replication replication = then.get(keyspace);
            if (replication == null || keyspace.equals(SystemKeyspaces.AUTH)) {
                // nothing is removed from system_auth
                continue;
            }
            if (!backup.tokenMap().isWithoutDatacenters()
                    && !replication.isSimple()
                    && there.stream().noneMatch(datacenter -> replication.in(datacenter) > 0)) {
                absent.add(keyspace);
            } else if (replication.isSimple() && !others.isEmpty()) {
                partial.add(keyspace);
            }
        }
        if (!absent.isEmpty()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "keyspace " + String.join(", ", absent) + " is not replicated to datacenter " + only
                            + ", and backup " + backup.name()
                            + " has no other: its tables would be empty. Name the keyspaces"
                            + " to restore with --keyspace");
        }
        if (!partial.isEmpty()) {
            String spread = "keyspace " + String.join(", ", partial)
                    + " is spread over all datacenters (SimpleStrategy), and backup " + backup.name() + " has only "
                    + only;
            if (!request.incompleteToo()) {
                throw new MedusaException(
                        FailureKind.BACKUP_INCOMPLETE,
                        spread
                                + ". Name the keyspaces to restore with --keyspace, or add --incomplete to restore"
                                + " what the backup holds");
            }
            warnings.add(spread);
        }
    }
}
