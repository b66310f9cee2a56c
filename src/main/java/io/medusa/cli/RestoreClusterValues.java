package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Replication;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses the values of restore-cluster's options. A wrong one is a {@link MedusaException} of kind USAGE. */
final class RestoreClusterValues {
    private RestoreClusterValues() {}

    /** {@code --datacenter NAME[=NEW]}: the datacenters of the backup, each with the one that gets its data. */
    static Map<String, String> datacenters(List<String> texts) {
        Map<String, String> result = new LinkedHashMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            String from = equals < 0 ? text : text.substring(0, equals);
            String to = equals < 0 ? text : text.substring(equals + 1);
            if (from.isBlank() || to.isBlank()) {
                throw wrong("--datacenter takes NAME or NAME=NEW, not: " + text);
            }
            if (result.containsKey(from) || result.containsValue(to)) {
                throw wrong("--datacenter names each datacenter once, as source and as target: " + text);
            }
            result.put(from, to);
        }
        return result;
    }

    /** {@code --replication [KEYSPACE=]MAP}: by keyspace, an empty name standing for all. */
    static Map<String, Replication> replications(List<String> texts) {
        Map<String, Replication> result = new HashMap<>();
        for (String text : texts) {
            int map = text.indexOf('{');
            int equals = text.indexOf('=');
            String keyspace =
                    equals >= 0 && equals < map ? text.substring(0, equals).strip() : "";
            Replication parsed = map < 0 || !text.strip().endsWith("}")
                    ? new Replication(Map.of())
                    : Replication.parse(text.substring(map));
            if (parsed.perDatacenter().isEmpty()
                    || parsed.perDatacenter().values().stream().anyMatch(factor -> factor < 1)) {
                throw wrong("--replication takes a CQL map, such as \"shop={'class':"
                        + " 'NetworkTopologyStrategy', 'dc1': 3}\", not: " + text);
            }
            result.put(keyspace, parsed);
        }
        return result;
    }

    private static MedusaException wrong(String message) {
        return new MedusaException(FailureKind.USAGE, message);
    }
}
