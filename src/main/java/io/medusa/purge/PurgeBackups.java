package io.medusa.purge;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Collector;
import io.medusa.repository.Inventory;
import io.medusa.repository.Pins;
import io.medusa.repository.PurgeProgress;
import io.medusa.repository.RemovalCommand;
import io.medusa.repository.UnknownBackup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes backups: expired ones, those that an operator names, or those of decommissioned nodes; then the data that no
 * backup needs any more. Works node by node; a failure of one node does not stop the others.
 */
public final class PurgeBackups {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeBackups.class);

    private final BackupCatalog catalog;
    private final Inventory inventory;
    private final Collector collector;
    private final Pins pins;
    private final Clock clock;

    /** The caller closes all of them. */
    public PurgeBackups(BackupCatalog catalog, Inventory inventory, Collector collector, Pins pins, Clock clock) {
        this.catalog = catalog;
        this.inventory = inventory;
        this.collector = collector;
        this.pins = pins;
        this.clock = clock;
    }

    /**
     * How to delete.
     *
     * @param grace younger orphans are kept
     * @param dryRun whether nothing is deleted
     */
    public record How(Duration grace, boolean dryRun) {}

    /**
     * The result of a purge.
     *
     * @param failed by node, why not everything could be deleted
     * @param verdicts what the rules say of every backup of these nodes; empty if backups are not deleted by rules
     */
    public record Result(List<Collector.Outcome> nodes, Map<NodeName, String> failed, List<Verdict> verdicts) {
        /** Of a deletion that is not by rules. */
        public Result(List<Collector.Outcome> nodes, Map<NodeName, String> failed) {
            this(nodes, failed, List.of());
        }

        /** Backups that were deleted, or would be. */
        public List<NodeBackup> removed() {
            return nodes.stream().flatMap(node -> node.removed().stream()).toList();
        }

        /** Objects that were deleted, or would be. */
        public long objects() {
            return nodes.stream().mapToLong(Collector.Outcome::objects).sum();
        }

        /** Bytes that were deleted, or would be. */
        public long bytes() {
            return nodes.stream().mapToLong(Collector.Outcome::bytes).sum();
        }
    }

    /** What has been done so far. */
    public PurgeProgress progress() {
        return collector.progress();
    }

    /** Every node of the bucket. */
    public List<NodeName> nodes() {
        return inventory.nodes();
    }

    /**
     * Deletes the backups of nodes that have left the ring.
     *
     * @param evenTheLast whether the newest whole backup of each node is deleted, too
     */
    public Result ofDecommissioned(List<NodeName> nodes, boolean evenTheLast, How how) {
        Result result = byRules(nodes, RetentionRules.nothing(evenTheLast), how);
        return new Result(result.nodes(), result.failed());
    }

    /** Deletes the expired backups of these nodes. */
    public Result byRules(List<NodeName> nodes, RetentionRules rules, How how) {
        Instant now = time(nodes, how);
        Map<BackupName, String> kept = new HashMap<>();
        pins.all().forEach(pin -> kept.put(pin.name(), pin.reason().isEmpty() ? "pinned" : "pinned: " + pin.reason()));
        if (!rules.evenTheLast()) {
            // each node keeps its newest one; what the cluster needs is one that all nodes of all its datacenters
            // have
            catalog.newestClusterBackups().needed().stream()
                    .map(ClusterBackup::name)
                    .forEach(name -> kept.putIfAbsent(name, "the newest backup that all nodes have"));
        }
        List<Verdict> verdicts = new ArrayList<>();
        Map<NodeName, List<NodeBackup>> found = new TreeMap<>();
        nodes.forEach(node -> found.put(node, inventory.backups(node)));
        // after the backups: a backup that is resumed meanwhile must not get the time of its first start
        List<NodeBackup> indexed = catalog.indexEntries();
        Result result = eachOf(nodes, node -> {
            List<NodeBackup> all = Inventory.withTimesOf(indexed, found.getOrDefault(node, List.of()));
            if (all.isEmpty()) {
                LOG.warn("Node {} has no backups in {}", node, catalog.describe());
            }
            all.stream()
                    .filter(backup -> RetentionRules.isOfTheFuture(backup, now))
                    .forEach(backup -> LOG.warn(
                            "Backup {} of node {} is dated {}, in the future: retention neither deletes nor counts it."
                                    + " Delete it by name once it is not needed",
                            backup.name(),
                            backup.node(),
                            backup.started()));
            List<NodeBackup> lost = lost(node, all, indexed);
            List<Verdict> ofNode = rules.verdicts(
                    merged(all, lost),
                    backup -> !lost.contains(backup) && catalog.stored(backup).isWhole(),
                    kept,
                    now);
            verdicts.addAll(ofNode);
            List<NodeBackup> expired = ofNode.stream()
                    .filter(Verdict::expires)
                    .map(Verdict::backup)
                    .toList();
            checkManifests(all, expired, indexed);
            return new Collector.Request(node, all, lost, expired, how.grace(), how.dryRun());
        });
        return new Result(result.nodes(), result.failed(), verdicts);
    }

    /**
     * The current time by the store's clock, which also dates the backups.
     *
     * @throws MedusaException of kind REFUSED if this host's clock differs too much: one of the two is wrong
     */
    private Instant time(List<NodeName> nodes, How how) {
        if (how.dryRun() || nodes.isEmpty()) {
            return clock.instant();
        }
        Instant before = clock.instant();
        Instant now = collector.storeTime(nodes.get(0));
        Instant after = clock.instant();
        if (now.isBefore(before.minus(RetentionRules.CLOCK_TOLERANCE))
                || now.isAfter(after.plus(RetentionRules.CLOCK_TOLERANCE))) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "cannot determine which backups have expired: the clock of this host says " + after + ", that of "
                            + catalog.describe() + " says " + now
                            + ". Nothing was deleted. Correct the clock that is wrong");
        }
        return now;
    }

    /**
     * Deletes backups by name.
     *
     * @param nodes whose backups to delete; nodes without a backup of such a name are skipped
     * @throws MedusaException before anything is deleted, of kind BACKUP_UNKNOWN if there is no such backup, of kind REFUSED if it
     *     is pinned
     */
    public Result byName(Set<BackupName> names, List<NodeName> nodes, How how) {
        Map<NodeName, List<NodeBackup>> found = new TreeMap<>();
        nodes.forEach(node -> found.put(node, inventory.backups(node)));
        List<NodeBackup> indexed = catalog.indexEntries();
        Map<NodeName, List<NodeBackup>> named = new TreeMap<>();
        found.forEach((node, all) -> {
            List<NodeBackup> leaving = merged(all, lost(node, all, indexed)).stream()
                    .filter(backup -> names.contains(backup.name()))
                    .toList();
            if (!leaving.isEmpty()) {
                named.put(node, leaving);
            }
        });
        checkKnown(names, nodes, named);
        checkUnpinned(names);
        return eachOf(List.copyOf(named.keySet()), node -> {
            List<NodeBackup> all = found.getOrDefault(node, List.of());
            List<NodeBackup> lost = lost(node, all, indexed);
            List<NodeBackup> leaving = merged(all, lost).stream()
                    .filter(backup -> names.contains(backup.name()))
                    .toList();
            checkManifests(all, leaving, indexed);
            return new Collector.Request(node, all, lost, leaving, how.grace(), how.dryRun());
        });
    }

    private void checkKnown(Set<BackupName> names, List<NodeName> nodes, Map<NodeName, List<NodeBackup>> named) {
        Set<BackupName> unknown = new HashSet<>(names);
        named.values().forEach(backups -> backups.forEach(backup -> unknown.remove(backup.name())));
        for (BackupName name : unknown) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "No such backup: " + name + " of "
                            + (nodes.size() == 1 ? "node " + nodes.get(0) : "any node")
                            + " in " + catalog.describe() + "; nothing was deleted."
                            + (nodes.size() == 1 ? " Use --all-nodes to include the other nodes." : "")
                            + UnknownBackup.hint(catalog, name, nodes));
        }
    }

    private void checkUnpinned(Set<BackupName> names) {
        for (Pins.Pin pin : pins.all()) {
            if (names.contains(pin.name())) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "backup " + pin.name() + " is pinned"
                                + (pin.reason().isEmpty() ? "" : " (" + pin.reason() + ")")
                                + ". Nothing was deleted. To delete it,"
                                + " run medusa unpin " + pin.name());
            }
        }
    }

    /**
     * Finished backups that only the index still has: somebody removed their objects. Their data in the pool is kept until they expire
     * or are deleted by name.
     */
    private List<NodeBackup> lost(NodeName node, List<NodeBackup> found, List<NodeBackup> indexed) {
        Set<BackupName> there = new HashSet<>();
        found.forEach(backup -> there.add(backup.name()));
        return indexed.stream()
                .filter(entry -> entry.node().equals(node) && entry.isFinished() && !there.contains(entry.name()))
                // it may have begun between the two reads
                .filter(entry -> catalog.findNodeBackup(node, entry.name()).isEmpty())
                .toList();
    }

    private static List<NodeBackup> merged(List<NodeBackup> found, List<NodeBackup> lost) {
        return Stream.concat(found.stream(), lost.stream())
                .sorted(Comparator.comparing(NodeBackup::started))
                .toList();
    }

    /** Keeps the data of a backup that is finished according to the index, but whose manifest is missing. */
    private void checkManifests(List<NodeBackup> all, List<NodeBackup> leaving, List<NodeBackup> indexed) {
        for (NodeBackup backup : all) {
            boolean lost = !backup.isFinished()
                    && !leaving.contains(backup)
                    && indexed.stream()
                            .anyMatch(entry -> entry.node().equals(backup.node())
                                    && entry.name().equals(backup.name())
                                    && entry.isFinished())
                    // it may have finished between the two reads
                    && catalog.findNodeBackup(backup.node(), backup.name())
                            .filter(NodeBackup::isFinished)
                            .isEmpty();
            if (lost) {
                throw new MedusaException(
                        FailureKind.BACKUP_DAMAGED,
                        "the index says that backup " + backup.name() + " is finished, but its meta/manifest.json is"
                                + " missing. Nothing was deleted. Restore it (the index has a copy), or delete this backup"
                                + " first: " + RemovalCommand.of(backup));
            }
        }
    }

    /** The work for one node. */
    private interface Plan {
        Collector.Request of(NodeName node);
    }

    private Result eachOf(List<NodeName> nodes, Plan plan) {
        List<Collector.Outcome> outcomes = new ArrayList<>();
        Map<NodeName, String> failed = new TreeMap<>();
        for (NodeName node : nodes) {
            try {
                outcomes.add(collector.collect(plan.of(node)));
            } catch (MedusaException damaged) {
                if (damaged.kind() != FailureKind.BACKUP_DAMAGED) {
                    throw damaged;
                }
                failed.put(node, String.valueOf(damaged.getMessage()));
            }
        }
        return new Result(outcomes, failed);
    }
}
