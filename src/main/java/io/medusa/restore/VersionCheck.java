package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeVersion;
import io.medusa.cassandra.Release;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.ServerVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks that the node's Cassandra can read a backup, before anything is downloaded or stopped. */
final class VersionCheck {
    private static final Logger LOG = LoggerFactory.getLogger(VersionCheck.class);

    private final Optional<String> nodeVersion;

    /** @param nodeVersion such as {@code 5.0.9}; empty if unknown */
    VersionCheck(Optional<String> nodeVersion) {
        this.nodeVersion = nodeVersion;
    }

    /** The check for a node, up or down. */
    static VersionCheck of(CassandraYaml node, CassandraService service) {
        return of(node, service, System.getenv());
    }

    static VersionCheck of(CassandraYaml node, CassandraService service, Map<String, String> environment) {
        return new VersionCheck(NodeVersion.of(node, service, environment));
    }

    /** Refuses to import into a node that cannot: Cassandra 3.x. */
    static void requireImport(CassandraService service) {
        service.identity()
                .map(CassandraService.Identity::releaseVersion)
                .filter(version ->
                        Release.of(version).filter(Release::isBefore4).isPresent())
                .ifPresent(version -> {
                    throw new MedusaException(
                            FailureKind.REFUSED,
                            "Cassandra " + version + " cannot import SSTables while it runs: only 4.0 and later can."
                                    + " Nothing was changed. Restore with restore-node --table, which restarts the node,"
                                    + " or with --use-sstableloader");
                });
    }

    /**
     * Refuses SSTables of a format that the node cannot read and, for a whole node, the system tables of a Cassandra that this one
     * cannot start on.
     */
    void check(ServerVersion backedUp, List<ManifestSection> sections, boolean wholeNode) {
        Optional<Release> release = nodeVersion.flatMap(Release::of);
        if (release.isEmpty()) {
            LOG.warn(
                    "Cannot compare the version of Cassandra with that of the backup ({} {}): the node is down",
                    backedUp.serverType(),
                    backedUp.releaseVersion());
            return;
        }
        for (ManifestSection section : sections) {
            for (ManifestEntry entry : section.objects()) {
                entry.sstable().filter(name -> !release.get().reads(name)).ifPresent(name -> {
                    throw refused(
                            backedUp,
                            "table " + section.table().qualifiedName() + " has SSTables of format " + name.version()
                                    + " (" + name.format() + "), which it cannot read");
                });
            }
        }
        if (wholeNode) {
            Release.of(backedUp).ifPresent(old -> compare(backedUp, old, release.get()));
        }
    }

    /**
     * Refuses to restore another node's data here: from Cassandra 6 on, the system tables hold the log of the cluster's metadata,
     * without which it cannot start, and with which it joins the cluster of the backup.
     */
    void checkRemote(ServerVersion backedUp) {
        boolean backupHasLog = Release.keepsMetadataLog(backedUp);
        boolean nodeHasLog = nodeVersion
                .flatMap(Release::of)
                .filter(Release::keepsMetadataLog)
                .isPresent();
        if (backupHasLog || nodeHasLog) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "restoring Cassandra " + (backupHasLog ? backedUp.releaseVersion() : nodeVersion.orElseThrow())
                            + " onto another node (--remote) is not supported: the backup's cluster metadata would make this"
                            + " node join the cluster of the backup. No data was changed. Start this node empty, and import"
                            + " the data with restore-cluster --use-import or restore-table");
        }
    }

    private void compare(ServerVersion backedUp, Release old, Release now) {
        if (!now.startsOnDataOf(old)) {
            throw refused(
                    backedUp,
                    now.compareTo(old) < 0
                            ? "it does not start on the system tables of a newer one"
                            : "Cassandra cannot be upgraded from " + old + " to " + now + " in one step");
        }
        if (!now.equals(old)) {
            LOG.warn(
                    "The backup is of Cassandra {}, this node runs {} and upgrades the data when it starts. Run"
                            + " nodetool upgradesstables afterwards",
                    backedUp.releaseVersion(),
                    nodeVersion.orElseThrow());
        }
    }

    private MedusaException refused(ServerVersion backedUp, String why) {
        return new MedusaException(
                FailureKind.REFUSED,
                "the backup is of " + backedUp.serverType() + " " + backedUp.releaseVersion()
                        + " and cannot be restored into"
                        + " Cassandra " + nodeVersion.orElseThrow() + ": " + why
                        + ". No data was changed. Install the version of the backup on this node first");
    }
}
