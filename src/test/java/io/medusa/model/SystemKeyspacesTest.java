package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each of Cassandra's own keyspaces is, and which tables name a node and its cluster. */
final class SystemKeyspacesTest {
    @ParameterizedTest
    @CsvSource(textBlock = """
            # keyspace,                  system, local, records, virtual, without user data
            system,                      true,   true,  false,   false,   true
            system_schema,               true,   true,  false,   false,   true
            system_accord,               true,   true,  false,   false,   true
            system_auth,                 true,   false, false,   false,   false
            system_distributed,          true,   false, true,    false,   true
            system_traces,               true,   false, true,    false,   true
            system_cluster_metadata,     true,   false, true,    false,   true
            system_views,                true,   false, false,   true,    true
            system_virtual_schema,       true,   false, false,   true,    true
            system_metrics,              true,   false, false,   true,    true
            system_accord_debug,         true,   false, false,   true,    true
            system_accord_debug_remote,  true,   false, false,   true,    true
            # of a version to come: Cassandra's, and nothing is known of it
            system_future,               true,   false, false,   false,   false
            # users' own
            shop,                        false,  false, false,   false,   false
            systems,                     false,  false, false,   false,   false
            System,                      false,  false, false,   false,   false
            '',                          false,  false, false,   false,   false
            """)
    void keyspace(
            String keyspace, boolean system, boolean local, boolean records, boolean virtual, boolean withoutUserData) {
        assertThat(SystemKeyspaces.isSystem(keyspace)).as("system").isEqualTo(system);
        assertThat(SystemKeyspaces.isLocal(keyspace)).as("local").isEqualTo(local);
        assertThat(SystemKeyspaces.isRecords(keyspace)).as("records").isEqualTo(records);
        assertThat(SystemKeyspaces.isVirtual(keyspace)).as("virtual").isEqualTo(virtual);
        assertThat(SystemKeyspaces.holdsNoUserData(keyspace))
                .as("without user data")
                .isEqualTo(withoutUserData);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # keyspace,               table,               names the node
            system,                   local,               true
            system,                   local_metadata_log,  true
            system,                   peers_v2,            true
            system,                   peers,               true
            system,                   size_estimates,      true
            system_cluster_metadata,  distributed_log,     true
            system_accord,            journal,             true
            system,                   paxos,               false
            system,                   compaction_history,  false
            system_schema,            tables,              false
            system_auth,              roles,               false
            shop,                     local,               false
            """)
    void identity(String keyspace, String table, boolean identity) {
        TableDirectory directory = new TableDirectory(keyspace, table + "-0123456789abcdef0123456789abcdef");
        assertThat(SystemKeyspaces.isIdentity(directory)).isEqualTo(identity);
    }
}
