package io.medusa.cli;

import io.medusa.model.Count;
import io.medusa.model.NodeBackup;
import io.medusa.purge.PurgeBackups;
import io.medusa.report.Text;
import io.medusa.repository.Collector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what a deletion did, or would do; the same for every command that deletes backups. */
final class Deletion {
    private static final Logger LOG = LoggerFactory.getLogger(Deletion.class);

    /** More backups than that are counted, not listed, in a question. */
    private static final int NAMED = 5;

    private Deletion() {}

    /** Logs it and gives the exit status. */
    static int report(PurgeBackups.Result result, boolean dryRun) {
        Map<NodeBackup, String> reasons = new HashMap<>();
        result.verdicts().forEach(verdict -> reasons.put(verdict.backup(), verdict.reason()));
        for (Collector.Outcome node : result.nodes()) {
            node.removed()
                    .forEach(backup -> LOG.info(
                            "{} {} of node {}, started {}{}{}",
                            dryRun ? "Would delete backup" : "Deleted backup",
                            backup.name(),
                            backup.node(),
                            Text.time(backup.started()),
                            backup.isFinished() ? "" : " and never finished",
                            reasons.containsKey(backup) ? ": " + reasons.get(backup) : ""));
            node.inUse()
                    .forEach(backup -> LOG.warn(
                            "Backup {} of node {} is in use and was kept. If no run uses it any more, its lease in"
                                    + " index/leases expires within an hour",
                            backup.name(),
                            backup.node()));
            node.pinned()
                    .forEach(backup -> LOG.warn(
                            "Kept backup {} of node {}: it was pinned while the deletion ran",
                            backup.name(),
                            backup.node()));
            node.locked()
                    .forEach(backup -> LOG.warn(
                            "Backup {} of node {} is locked in the bucket and was kept", backup.name(), backup.node()));
            if (node.lockedObjects() > 0) {
                LOG.info(
                        "Node {}: kept {}, locked in the bucket",
                        node.node(),
                        Count.of(node.lockedObjects(), "object"));
            }
            if (node.young() > 0) {
                LOG.info(
                        "Node {}: kept {} ({}) that belong to no backup, within the grace period",
                        node.node(),
                        Count.of(node.young(), "data object"),
                        Text.size(node.youngBytes()));
            }
            if (node.postponed()) {
                LOG.warn(
                        "Node {}: a backup is running or was interrupted less than an hour ago; its data objects"
                                + " are left for the next purge",
                        node.node());
            }
        }
        if (dryRun) {
            result.verdicts().stream()
                    .filter(verdict -> !verdict.expires())
                    .forEach(verdict -> LOG.info(
                            "Would keep backup {} of node {}, started {}: {}",
                            verdict.backup().name(),
                            verdict.backup().node(),
                            Text.time(verdict.backup().started()),
                            verdict.reason()));
        }
        LOG.info(
                "{} {}: {}, {}",
                dryRun ? "Would delete" : "Deleted",
                Count.of(result.removed().size(), "backup"),
                Count.of(result.objects(), "object"),
                Text.size(result.bytes()));
        if (!result.failed().isEmpty()) {
            result.failed().forEach((node, why) -> LOG.error("Node {}: {}", node, why));
            return 1;
        }
        return 0;
    }

    /** What is deleted and how much of it, for a question. */
    static String what(PurgeBackups.Result planned) {
        String names = planned.removed().stream()
                .map(backup -> backup.name().value())
                .distinct()
                .collect(Collectors.joining(", "));
        long nodes = planned.removed().stream().map(NodeBackup::node).distinct().count();
        long backups =
                planned.removed().stream().map(NodeBackup::name).distinct().count();
        return (backups <= NAMED ? "backup" + (backups == 1 ? " " : "s ") + names : Count.of(backups, "backup"))
                + " of " + Count.of(nodes, "node") + " (" + Count.of(planned.objects(), "object") + ", "
                + Text.size(planned.bytes()) + " that no other backup needs)";
    }

    static String json(PurgeBackups.Result result, boolean dryRun) {
        Map<String, Object> json = new HashMap<>();
        json.put("dry_run", dryRun);
        json.put("num_objects", result.objects());
        json.put("size", result.bytes());
        json.put("node_backups", backups(result.removed()));
        json.put(
                "in_use",
                backups(result.nodes().stream()
                        .flatMap(node -> node.inUse().stream())
                        .toList()));
        json.put(
                "pinned",
                backups(result.nodes().stream()
                        .flatMap(node -> node.pinned().stream())
                        .toList()));
        json.put(
                "locked",
                backups(result.nodes().stream()
                        .flatMap(node -> node.locked().stream())
                        .toList()));
        json.put(
                "num_objects_locked",
                result.nodes().stream()
                        .mapToLong(Collector.Outcome::lockedObjects)
                        .sum());
        json.put(
                "num_objects_within_grace",
                result.nodes().stream().mapToLong(Collector.Outcome::young).sum());
        json.put(
                "size_within_grace",
                result.nodes().stream().mapToLong(Collector.Outcome::youngBytes).sum());
        json.put(
                "postponed_nodes",
                result.nodes().stream()
                        .filter(Collector.Outcome::postponed)
                        .map(node -> node.node().value())
                        .toList());
        Map<String, Object> failed = new HashMap<>();
        result.failed().forEach((node, why) -> failed.put(node.value(), why));
        json.put("failed_nodes", failed);
        if (dryRun && !result.verdicts().isEmpty()) {
            json.put(
                    "verdicts",
                    result.verdicts().stream()
                            .map(verdict -> Map.of(
                                    "name",
                                    verdict.backup().name().value(),
                                    "fqdn",
                                    verdict.backup().node().value(),
                                    "expires",
                                    verdict.expires(),
                                    "reason",
                                    verdict.reason()))
                            .toList());
        }
        return Json.document(json);
    }

    private static List<Map<String, Object>> backups(List<NodeBackup> backups) {
        return backups.stream()
                .map(backup -> Map.<String, Object>of(
                        "name",
                        backup.name().value(),
                        "fqdn",
                        backup.node().value(),
                        "started",
                        backup.started().getEpochSecond(),
                        "backup_type",
                        backup.mode().word()))
                .toList();
    }
}
