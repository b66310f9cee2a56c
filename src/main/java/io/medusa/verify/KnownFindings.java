package io.medusa.verify;

import io.medusa.model.BackupName;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.OpenFinding;
import io.medusa.repository.RepositoryLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The findings of earlier verifications, while the backups are verified again. One is cleared only if this verification looked at least as
 * deep: an object must have been read and found good, a manifest must have been checked. All others stay, and count for every backup
 * that needs the object.
 */
final class KnownFindings {
    private record Place(NodeName node, String key) {}

    /** One of them, and what this verification has seen of it. */
    private static final class Known {
        private final OpenFinding finding;
        private final NodeName node;
        private final Finding.Kind kind;
        private final Level level;
        private final boolean isOfContent;
        private final Set<BackupName> namedBy = new HashSet<>();
        private boolean queued;
        private boolean good;

        Known(OpenFinding finding, NodeName node, Finding.Kind kind, Level level) {
            this.finding = finding;
            this.node = node;
            this.kind = kind;
            this.level = level;
            // a missing schema is not an object of the manifest
            this.isOfContent = kind.isOfContent() && !finding.key().contains("/meta/");
        }

        /** Whether what is found with this entry says something about it: some components are not the same for all backups. */
        boolean concerns(NodeBackup backup, ManifestEntry entry) {
            return isOfContent && (finding.backups().contains(backup.name()) || !entry.isRewrittenByCassandra());
        }
    }

    /**
     * What is known afterwards.
     *
     * @param cleared findings of earlier verifications that are no longer there, or that are replaced
     * @param put findings to record
     */
    record Settled(List<OpenFinding> cleared, List<OpenFinding> put) {}

    private final Level run;
    private final RepositoryLayout layout;
    private final Map<Place, List<Known>> known = new HashMap<>();
    private final List<OpenFinding> counted = new ArrayList<>();
    private final Map<NodeBackup, Boolean> checked = new HashMap<>();

    /** @param run the level of this verification */
    KnownFindings(Collection<OpenFinding> findings, Level run, RepositoryLayout layout) {
        this.run = run;
        this.layout = layout;
        for (OpenFinding finding : findings) {
            Optional<Finding.Kind> kind = Finding.Kind.of(finding.problem());
            Optional<Level> level = Level.of(finding.level());
            if (finding.isListed() && finding.node().isPresent() && kind.isPresent() && level.isPresent()) {
                Known one = new Known(finding, finding.node().get(), kind.get(), level.get());
                known.computeIfAbsent(new Place(one.node, finding.key()), absent -> new ArrayList<>(1))
                        .add(one);
            } else {
                counted.add(finding);
            }
        }
    }

    private List<Known> at(NodeBackup backup, ManifestEntry entry) {
        return known.isEmpty() ? List.of() : known.getOrDefault(new Place(backup.node(), entry.key()), List.of());
    }

    /** Notes that a manifest names an object. */
    void named(NodeBackup backup, ManifestEntry entry) {
        for (Known one : at(backup, entry)) {
            if (one.concerns(backup, entry)) {
                one.namedBy.add(backup.name());
            }
        }
    }

    /** Notes that the listing has the object as the manifest says. */
    void listed(NodeBackup backup, ManifestEntry entry) {
        good(backup, entry, Level.EXISTS);
    }

    /** Whether to read the object because of what is known of it, whatever else is read; true once. */
    boolean mustRead(NodeBackup backup, ManifestEntry entry) {
        boolean must = false;
        for (Known one : at(backup, entry)) {
            if (!one.queued && one.concerns(backup, entry) && run.depth().compareTo(one.level) >= 0) {
                one.queued = true;
                must |= one.level.reads();
            }
        }
        return must;
    }

    /** Notes that the object was read and is good. */
    void read(NodeBackup backup, ManifestEntry entry) {
        good(backup, entry, run.depth());
    }

    private void good(NodeBackup backup, ManifestEntry entry, Level depth) {
        for (Known one : at(backup, entry)) {
            one.good |= one.concerns(backup, entry) && depth.compareTo(one.level) >= 0;
        }
    }

    /** Notes that a node's backup was checked, with its manifest unless that is unreadable. */
    void checked(NodeBackup backup, boolean withManifest) {
        checked.put(backup, withManifest);
    }

    /** Adds what stays of earlier verifications to the backups, and determines what is to be recorded. */
    Settled settle(List<Checked> backups, SharedObjects shared, Instant now) {
        Map<Map.Entry<Place, Finding.Kind>, Set<Finding>> found = new LinkedHashMap<>();
        Set<Map.Entry<Map.Entry<Place, Finding.Kind>, Set<BackupName>>> seen = new HashSet<>();
        for (Checked backup : backups) {
            for (Finding finding : backup.findings) {
                Map.Entry<Place, Finding.Kind> what =
                        Map.entry(new Place(finding.node(), finding.key()), finding.kind());
                if (seen.add(Map.entry(what, shared.of(finding)))) {
                    found.computeIfAbsent(what, absent -> new HashSet<>(1)).add(finding);
                }
            }
        }
        List<OpenFinding> cleared = new ArrayList<>();
        List<OpenFinding> put = new ArrayList<>();
        Map<Map.Entry<Place, Finding.Kind>, OpenFinding> earlier = new HashMap<>();
        known.forEach((place, all) -> {
            for (Known one : all) {
                Map.Entry<Place, Finding.Kind> what = Map.entry(place, one.kind);
                if (found.containsKey(what)) {
                    cleared.add(one.finding);
                    earlier.merge(what, one.finding, KnownFindings::deeper);
                } else {
                    settle(one, backups, cleared, put, now);
                }
            }
        });
        found.forEach((what, findings) -> findings.forEach(finding -> {
            Optional<OpenFinding> before = Optional.ofNullable(earlier.get(what));
            put.add(new OpenFinding(
                    Optional.of(finding.node()),
                    finding.key(),
                    finding.kind().word(),
                    before.flatMap(same -> Level.of(same.level()))
                            .filter(level -> level.compareTo(finding.level()) > 0)
                            .orElse(finding.level())
                            .word(),
                    before.map(OpenFinding::since).orElse(now),
                    now,
                    "",
                    shared.of(finding),
                    1));
        }));
        counted.forEach(finding -> settleCounted(finding, backups, cleared, put, now));
        return new Settled(cleared, put);
    }

    private static OpenFinding deeper(OpenFinding one, OpenFinding other) {
        return Level.of(one.level())
                                .orElse(Level.EXISTS)
                                .compareTo(Level.of(other.level()).orElse(Level.EXISTS))
                        >= 0
                ? one
                : other;
    }

    private void settle(
            Known one, List<Checked> backups, List<OpenFinding> cleared, List<OpenFinding> put, Instant now) {
        Set<BackupName> left = new HashSet<>(one.finding.backups());
        left.addAll(one.namedBy);
        for (Checked backup : backups) {
            Optional<NodeBackup> node = backup.of(one.node).filter(checked::containsKey);
            if (node.isPresent() && left.contains(node.get().name()) && isGone(one, node.get())) {
                left.remove(node.get().name());
            }
        }
        if (left.isEmpty() || one.good) {
            cleared.add(one.finding);
            return;
        }
        if (!left.equals(one.finding.backups())) {
            put.add(one.finding.of(left, now));
        }
        for (Checked backup : backups) {
            if (left.contains(backup.backup.name())) {
                backup.of(one.node)
                        .ifPresent(node -> backup.findings.add(new Finding(
                                node, one.finding.key(), one.kind, one.level, Optional.of(one.finding.since()))));
            }
        }
    }

    /** Whether a backup that was checked no longer has the problem. */
    private boolean isGone(Known one, NodeBackup backup) {
        if (one.finding.seen().isBefore(backup.started()) && !isInPool(one)) {
            // of an earlier backup of the same name
            return true;
        }
        boolean withManifest = checked.getOrDefault(backup, false);
        if (one.isOfContent) {
            return withManifest && !one.namedBy.contains(backup.name());
        }
        boolean looked = withManifest
                || one.kind == Finding.Kind.UNREADABLE
                || one.kind == Finding.Kind.METADATA_UNREADABLE
                || one.kind == Finding.Kind.MISSING;
        return looked && run.covers(one.level);
    }

    private boolean isInPool(Known one) {
        return one.isOfContent
                && layout.parseData(one.finding.key())
                        .filter(file -> file.backup().isPresent())
                        .isEmpty();
    }

    /** What is only counted is cleared by a check of the whole backup. */
    private void settleCounted(
            OpenFinding finding, List<Checked> backups, List<OpenFinding> cleared, List<OpenFinding> put, Instant now) {
        Set<BackupName> left = new HashSet<>(finding.backups());
        boolean deepEnough = Level.of(finding.level()).filter(run::covers).isPresent();
        for (Checked backup : backups) {
            boolean whole = backup.backup.nodeBackups().stream()
                    .filter(node -> finding.node().isEmpty()
                            || node.node().equals(finding.node().get()))
                    .allMatch(node -> checked.getOrDefault(node, false));
            if ((whole && deepEnough) || finding.seen().isBefore(backup.backup.started())) {
                left.remove(backup.backup.name());
            }
        }
        if (!left.equals(finding.backups())) {
            cleared.add(finding);
            if (!left.isEmpty()) {
                put.add(finding.of(left, now));
            }
        }
        backups.stream()
                .filter(backup -> left.contains(backup.backup.name()))
                .forEach(backup -> backup.counted += finding.count());
    }
}
