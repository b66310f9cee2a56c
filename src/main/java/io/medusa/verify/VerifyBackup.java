package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.OpenFinding;
import io.medusa.repository.UnknownBackup;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares backups with the objects in the store (docs/compatibility.md 17.3). Writes nothing. Each prefix is listed once, however many
 * backups there are, and manifests are streamed: memory grows with the number of listed objects, by about 30 bytes each.
 */
public final class VerifyBackup {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyBackup.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;

    /** The caller closes all of them. */
    public VerifyBackup(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
    }

    /**
     * What to compare.
     *
     * @param name of one backup; empty for all
     * @param percent of the objects that are read at {@link Level#SAMPLE}
     * @param checkpoint where to record what has been read, so that an interrupted run can be resumed
     */
    public record Request(Optional<BackupName> name, Level level, int percent, Optional<Path> checkpoint) {
        /** The same for one backup, or for all if empty. */
        public Request of(Optional<BackupName> only) {
            return new Request(only, level, percent, checkpoint);
        }

        /** The same at another level. */
        public Request at(Level other) {
            return new Request(name, other, percent, checkpoint);
        }

        /** The same with another share of the objects for {@link Level#SAMPLE}. */
        public Request sampling(int share) {
            return new Request(name, level, share, checkpoint);
        }

        /** The same with a record of its progress in that file. */
        public Request recordedIn(Optional<Path> file) {
            return new Request(name, level, percent, file);
        }
    }

    /**
     * The result for one backup.
     *
     * @param findings of this verification, and of earlier ones that looked deeper and that nothing has cleared; empty also if the backup is
     *     incomplete and nothing was compared
     * @param counted the number of further problems of earlier verifications, which are only counted
     * @param damaged objects that match the manifest, but whose files were already damaged on the node
     */
    public record Result(
            ClusterBackup backup,
            List<Finding> findings,
            long counted,
            List<ManifestEntry> damaged,
            int objects,
            long bytes) {
        /** Whether the whole ring has finished. */
        public boolean isComplete() {
            return backup.isComplete();
        }

        /** The number of problems. */
        public long problems() {
            return findings.size() + counted;
        }

        /** Whether it can be restored, as far as this comparison and earlier ones tell. */
        public boolean isGood() {
            return isComplete() && problems() == 0;
        }
    }

    /**
     * The result for all backups.
     *
     * @param read objects whose bytes were read and compared
     * @param orphans objects in the pools that none of the backups names; known only if all were compared
     * @param sharing for each damaged key, the names of all backups of the node that use it
     * @param cleared earlier findings that are no longer there, or replaced by others
     * @param put findings to remember
     */
    public record Report(
            List<Result> results,
            long read,
            long bytesRead,
            Orphans orphans,
            Map<String, Set<BackupName>> sharing,
            List<OpenFinding> cleared,
            List<OpenFinding> put) {}

    /** Data objects that belong to no backup. */
    public record Orphans(long objects, long bytes) {}

    /** Compares, without knowing what earlier verifications found. */
    public Report run(Request request) {
        return run(request, List.of(), Instant.now());
    }

    /**
     * Compares.
     *
     * @param open what earlier verifications found; it is looked at again, as far as the level goes
     * @param now when this verification began
     * @throws MedusaException of kind BACKUP_UNKNOWN if there is no backup of that name
     */
    public Report run(Request request, Collection<OpenFinding> open, Instant now) {
        List<Checked> backups = new ArrayList<>();
        backups(request).forEach(backup -> backups.add(new Checked(backup)));
        KnownFindings known = new KnownFindings(open, request.level(), catalog.layout());
        ContentCheck content = new ContentCheck(
                catalog,
                transfers,
                request.level(),
                request.percent(),
                request.checkpoint().map(file -> new Checkpoint(file, subject(request))),
                known);
        long[] orphans = new long[2];
        NodeCheck nodes = new NodeCheck(catalog, content, known);
        byNode(backups, request.name().isEmpty()).values().forEach(ofNode -> {
            Optional<ListedObjects> pool = nodes.run(ofNode);
            if (request.name().isEmpty() && pool.isPresent()) {
                nodes.countOrphans(ofNode.keySet().iterator().next().node(), pool.get(), orphans);
            }
        });
        content.finish();
        backups.removeIf(this::isDeleted);
        if (backups.isEmpty() && request.name().isPresent()) {
            throw UnknownBackup.inCluster(catalog, request.name().get());
        }
        SharedObjects shared = new SharedObjects(catalog, backups);
        shared.spread(backups);
        KnownFindings.Settled settled = known.settle(backups, shared, now);
        return new Report(
                backups.stream().map(VerifyBackup::result).toList(),
                content.objects(),
                content.bytes(),
                new Orphans(orphans[0], orphans[1]),
                sharing(settled),
                settled.cleared(),
                settled.put());
    }

    /** The finished node backups to check: an incomplete backup is not verified alone, but among all its objects are no orphans. */
    private static Map<NodeName, Map<NodeBackup, Checked>> byNode(List<Checked> backups, boolean all) {
        Map<NodeName, Map<NodeBackup, Checked>> byNode = new TreeMap<>();
        for (Checked backup : backups) {
            if (all || backup.backup.isComplete()) {
                backup.backup.nodeBackups().stream()
                        .filter(NodeBackup::isFinished)
                        .forEach(node -> byNode.computeIfAbsent(node.node(), absent -> new HashMap<>())
                                .put(node, backup));
            }
        }
        return byNode;
    }

    private static Result result(Checked backup) {
        backup.findings.sort(Finding.ORDER);
        return new Result(
                backup.backup,
                List.copyOf(backup.findings),
                backup.counted,
                List.copyOf(backup.damaged),
                backup.objects,
                backup.bytes);
    }

    private static Map<String, Set<BackupName>> sharing(KnownFindings.Settled settled) {
        Map<String, Set<BackupName>> sharing = new HashMap<>();
        settled.put().forEach(finding -> sharing.put(finding.key(), finding.backups()));
        return sharing;
    }

    /**
     * Drops findings of backups that were deleted during the comparison, which is not damage; their index entries are deleted first. Returns
     * true if nothing of the backup is left.
     */
    private boolean isDeleted(Checked checked) {
        if (checked.findings.isEmpty()) {
            return false;
        }
        Set<NodeName> left = checked.backup.nodeBackups().stream()
                .filter(backup -> backup.isFinished() && !catalog.stored(backup).isGone())
                .map(NodeBackup::node)
                .collect(Collectors.toSet());
        if (checked.findings.removeIf(finding -> !left.contains(finding.node()))) {
            LOG.warn("Backup {} was deleted while it was verified", checked.backup.name());
            catalog.findClusterBackup(checked.backup.name()).ifPresent(backup -> checked.backup = backup);
        }
        return left.isEmpty();
    }

    private String subject(Request request) {
        return catalog.describe() + "/" + catalog.layout().prefix() + "/" + request.level() + "/"
                + request.name().map(BackupName::value).orElse("");
    }

    private List<ClusterBackup> backups(Request request) {
        if (request.name().isEmpty()) {
            List<ClusterBackup> all =
                    catalog.clusterBackups().stream().map(catalog::withOwnModes).toList();
            if (all.isEmpty()) {
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "the index of " + catalog.describe()
                                + " has no backups. If it should, check bucket_name and prefix, or rebuild the index"
                                + " with medusa build-index");
            }
            return all;
        }
        BackupName name = request.name().get();
        return List.of(catalog.findClusterBackup(name).orElseThrow(() -> UnknownBackup.inCluster(catalog, name)));
    }
}
