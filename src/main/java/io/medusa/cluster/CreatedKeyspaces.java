package io.medusa.cluster;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Replication;
import io.medusa.model.TokenMap;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Decides the replication of keyspaces that a restore creates: as before or as requested, if the cluster allows it. */
final class CreatedKeyspaces {
    private final ClusterRestoreRequest request;

    CreatedKeyspaces(ClusterRestoreRequest request) {
        this.request = request;
    }

    /** The replication for a created keyspace. Refuses one that the cluster cannot satisfy. */
    Replication of(String keyspace, Map<String, Replication> then, TargetCluster cluster, List<String> warnings) {
        Replication asked = request.replications().get(keyspace);
        if (asked == null) {
            asked = request.replications().get("");
        }
        Replication replication = asked != null ? asked : then.get(keyspace);
        TokenMap ring = cluster.ring();
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
                                + ", which the cluster does not have. Set its replication, for example with "
                                + suggestion(keyspace, replication, ring));
            }
        }
        tooFew(replication, ring)
                .ifPresent(datacenter -> warnings.add("keyspace " + keyspace + " has more replicas than " + datacenter
                        + " has nodes, so requests for many of them fail. To change that, add "
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
}
