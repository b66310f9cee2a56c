package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.Release;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SSTableName;
import io.medusa.model.ServerVersion;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one Cassandra can read of another. */
final class VersionCheckTest {
    @ParameterizedTest
    @CsvSource({
        "3.11.19, me-1-big-Data.db, true",
        "3.11.19, nb-1-big-Data.db, false",
        "3.0.31, la-1-big-Data.db, true",
        "4.0.19, nb-1-big-Data.db, true",
        "4.0.19, me-1-big-Data.db, true",
        "4.0.19, la-1-big-Data.db, false",
        "3.11.19, shop-orders-ka-7-Data.db, true",
        "3.11.19, shop-orders-ja-7-Data.db, false",
        "4.0.19, shop-orders-ka-7-Data.db, false",
        "5.0.9, shop-orders-ka-7-Data.db, false",
        "4.1.10, oa-1-big-Data.db, false",
        "4.1.10, da-1-bti-Data.db, false",
        "5.0.9, oa-1-big-Data.db, true",
        "5.0.9, nb-1-big-Data.db, true",
        "5.0.9, da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Data.db, true",
        "5.0.9, pa-1-big-Data.db, false",
        "5.0.9, ac-1-bti-Data.db, false",
        "6.0-alpha2, pa-1-big-Data.db, true",
        "6.0-alpha2, da-1-bti-Data.db, true"
    })
    void theFormatsThatEachReleaseReads(String node, String file, boolean readable) {
        assertThat(Release.of(node).orElseThrow().reads(SSTableName.parse(file).orElseThrow()))
                .isEqualTo(readable);
    }

    @ParameterizedTest
    @CsvSource({
        "4.1.10, 5.0.9, false", "4.0.19, 4.1.10, false", "5.0.0, 5.0.9, true", "5.0.9, 4.1.10, true",
        "5.0.9, 4.0.19, true", "5.0.9, 3.11.19, false", "4.0.19, 3.11.19, true", "6.0-alpha2, 5.0.9, true"
    })
    void theSystemTablesThatEachReleaseStartsOn(String node, String backup, boolean starts) {
        assertThat(Release.of(node)
                        .orElseThrow()
                        .startsOnDataOf(Release.of(backup).orElseThrow()))
                .isEqualTo(starts);
    }

    private static void check(String node, String backup, String file, boolean wholeNode) {
        new VersionCheck(Optional.of(node))
                .check(
                        new ServerVersion("cassandra", backup),
                        List.of(new ManifestSection(
                                new TableDirectory("ks", "t-" + "1".repeat(32)),
                                List.of(new ManifestEntry("n/data/ks/t/" + file, 1, null)))),
                        wholeNode);
    }

    @Test
    void aBackupOfANewerCassandraIsRefusedBeforeAnythingStops() {
        assertThatThrownBy(() -> check("4.1.10", "5.0.9", "oa-1-big-Data.db", false))
                .hasMessageContaining("the backup is of cassandra 5.0.9 and cannot be restored into Cassandra 4.1.10")
                .hasMessageContaining("table ks.t has SSTables of format oa (big)")
                .hasMessageContaining("No data was changed");
        assertThatThrownBy(() -> check("4.1.10", "5.0.9", "nb-1-big-Data.db", true))
                .hasMessageContaining("it does not start on the system tables of a newer one");
        assertThatThrownBy(() -> check("5.0.9", "3.11.19", "me-1-big-Data.db", true))
                .hasMessageContaining("cannot be upgraded from 3.11 to 5.0 in one step");
    }

    @Test
    void whatCanBeReadIsNotRefused() {
        assertThatCode(() -> check("4.1.10", "5.0.9", "nb-1-big-Data.db", false))
                .as("a table in the format of before, from a node in compatibility mode")
                .doesNotThrowAnyException();
        assertThatCode(() -> check("5.0.9", "4.1.10", "nb-1-big-Data.db", true)).doesNotThrowAnyException();
        assertThatCode(() -> check("5.0.9", "unknown", "nb-1-big-Data.db", true))
                .doesNotThrowAnyException();
        assertThatCode(() -> new VersionCheck(Optional.empty())
                        .check(new ServerVersion("cassandra", "5.0.9"), List.of(), true))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"6.0-alpha2, 6.0-alpha2", "6.0-alpha2, 5.0.9", "7.0, 6.0-alpha2"})
    void theMetadataOfACluster6IsNeverTakenToAnotherNode(String node, String backup) {
        assertThatThrownBy(
                        () -> new VersionCheck(Optional.of(node)).checkRemote(new ServerVersion("cassandra", backup)))
                .hasMessageContaining("join the cluster of the backup")
                .hasMessageContaining("restore-cluster --use-import");
        assertThatThrownBy(() -> new VersionCheck(Optional.empty()).checkRemote(new ServerVersion("cassandra", node)))
                .as("a node that is down")
                .hasMessageContaining("join the cluster of the backup");
    }

    @Test
    void olderClustersHaveNoMetadataLog() {
        assertThatCode(() ->
                        new VersionCheck(Optional.of("5.0.9")).checkRemote(new ServerVersion("cassandra", "4.1.10")))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "system, local_metadata_log, true",
        "system, metadata_snapshots, true",
        "system, peers_v2, true",
        "system, paxos, false",
        "system_cluster_metadata, distributed_metadata_log, true",
        "system_accord, journal, true",
        "system_auth, roles, false",
        "shop, local_metadata_log, false"
    })
    void theTablesThatMakeANodeWhatItIs(String keyspace, String table, boolean identity) {
        assertThat(SystemKeyspaces.isIdentity(new TableDirectory(keyspace, table + "-" + "1".repeat(32))))
                .isEqualTo(identity);
    }
}
