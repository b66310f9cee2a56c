package io.medusa.model;

import java.util.Set;

/** The keyspaces of Cassandra itself ({@code SchemaConstants} of versions 4.0 to 6.0). */
public final class SystemKeyspaces {
    /** The node's own state, including its identity; local. */
    public static final String SYSTEM = "system";
    /** The schema, of which every node has its own copy; local. */
    public static final String SCHEMA = "system_schema";
    /** Roles and permissions; replicated. */
    public static final String AUTH = "system_auth";
    /** Repair history and view builds; replicated. */
    public static final String DISTRIBUTED = "system_distributed";
    /** Traces of single requests, which are not backed up; replicated. */
    public static final String TRACES = "system_traces";
    /** The cluster metadata log of Cassandra 6; replicated by its own rules. */
    public static final String CLUSTER_METADATA = "system_cluster_metadata";
    /** The node's state of Accord transactions in Cassandra 6; local. */
    public static final String ACCORD = "system_accord";

    private static final Set<String> LOCAL = Set.of(SYSTEM, SCHEMA, ACCORD);
    private static final Set<String> RECORDS = Set.of(DISTRIBUTED, TRACES, CLUSTER_METADATA);
    private static final Set<String> VIRTUAL = Set.of(
            "system_views",
            "system_virtual_schema",
            "system_metrics",
            "system_accord_debug",
            "system_accord_debug_remote");
    /** The tables of {@link #SYSTEM} that identify the node and its cluster. */
    private static final Set<String> IDENTITY = Set.of(
            "local",
            "local_metadata_log",
            "metadata_snapshots",
            "peers",
            "peers_v2",
            "peer_events",
            "peer_events_v2",
            "available_ranges",
            "available_ranges_v2",
            "transferred_ranges",
            "transferred_ranges_v2",
            "size_estimates",
            "table_estimates");

    private SystemKeyspaces() {}

    /** Whether the name belongs to a keyspace of Cassandra itself: local, replicated or virtual. */
    public static boolean isSystem(String keyspace) {
        return keyspace.equals(SYSTEM) || keyspace.startsWith("system_");
    }

    /** Whether the keyspace is local to each node. */
    public static boolean isLocal(String keyspace) {
        return LOCAL.contains(keyspace);
    }

    /** Whether it is replicated and holds only Cassandra's own records: no user data, roles or permissions. */
    public static boolean isRecords(String keyspace) {
        return RECORDS.contains(keyspace);
    }

    /** Whether it is virtual: it has no files. */
    public static boolean isVirtual(String keyspace) {
        return VIRTUAL.contains(keyspace);
    }

    /** Whether it is a keyspace of Cassandra itself without user data, roles or permissions. */
    public static boolean holdsNoUserData(String keyspace) {
        return isLocal(keyspace) || isRecords(keyspace) || isVirtual(keyspace);
    }

    /** Whether a table identifies the node and its cluster. Such a table must never be restored onto another node. */
    public static boolean isIdentity(TableDirectory table) {
        return table.keyspace().equals(CLUSTER_METADATA)
                || table.keyspace().equals(ACCORD)
                || (table.keyspace().equals(SYSTEM) && IDENTITY.contains(table.table()));
    }
}
