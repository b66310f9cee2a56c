package io.medusa.verify;

import io.medusa.model.BackupName;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backups that need the same damaged objects with the same content. Reads the manifests of the affected nodes, only if there is damage.
 * Equal sets of backups are one object, because thousands of objects usually have the same few.
 */
final class SharedObjects {
    private static final Logger LOG = LoggerFactory.getLogger(SharedObjects.class);

    /** What a backup expects of an object. */
    private record Expected(String key, long size, String hash) {
        static Expected of(ManifestEntry entry) {
            return new Expected(
                    entry.key(),
                    entry.size(),
                    entry.knownHash().map(Object::toString).orElse(""));
        }
    }

    private final Map<Expected, Integer> sets = new HashMap<>();
    private final Map<String, Set<Expected>> byKey = new HashMap<>();
    /** By the set that it extends and the backup that it adds. */
    private final Map<Map.Entry<Integer, BackupName>, Integer> extended = new HashMap<>();

    private final List<Set<BackupName>> members = new ArrayList<>(List.of(Set.of()));

    /** Reads the manifests. */
    SharedObjects(BackupCatalog catalog, List<Checked> checked) {
        Map<NodeName, Set<String>> damaged = new TreeMap<>();
        checked.forEach(backup -> backup.findings.stream()
                .filter(finding -> finding.kind().isOfContent())
                .forEach(finding -> damaged.computeIfAbsent(finding.node(), absent -> new HashSet<>())
                        .add(finding.key())));
        damaged.forEach((node, keys) -> {
            for (NodeBackup backup : catalog.finishedBackups(node)) {
                catalog.stored(backup)
                        .read(entries -> {
                            entries.forEach((table, entry) -> {
                                if (keys.contains(entry.key())) {
                                    add(Expected.of(entry), backup.name());
                                }
                            });
                            return true;
                        })
                        .damage()
                        .ifPresent(damage -> LOG.debug("{}", damage.reason()));
            }
        });
    }

    private void add(Expected expected, BackupName name) {
        byKey.computeIfAbsent(expected.key(), absent -> new HashSet<>(1)).add(expected);
        sets.merge(expected, with(0, name), (present, alone) -> with(present, name));
    }

    private int with(int set, BackupName name) {
        if (members.get(set).contains(name)) {
            return set;
        }
        return extended.computeIfAbsent(Map.entry(set, name), absent -> {
            Set<BackupName> larger = new TreeSet<>(members.get(set));
            larger.add(name);
            members.add(larger);
            return members.size() - 1;
        });
    }

    /** The backups that need the object as the finding's own does, which is one of them. */
    Set<BackupName> of(Finding finding) {
        return byKey.getOrDefault(finding.key(), Set.of()).stream()
                .map(expected -> members.get(sets.getOrDefault(expected, 0)))
                .filter(names -> finding.kind().isOfContent() && names.contains(finding.name()))
                .findFirst()
                .orElseGet(() -> Set.of(finding.name()));
    }

    /** Adds each damaged object to all backups that need it: an object is read only once, for one of them. */
    void spread(List<Checked> backups) {
        Map<BackupName, Checked> byName = new HashMap<>();
        backups.forEach(backup -> byName.put(backup.backup.name(), backup));
        Map<Problem, Finding> first = new LinkedHashMap<>();
        Set<Map.Entry<BackupName, Problem>> present = new HashSet<>();
        for (Checked backup : backups) {
            for (Finding finding : backup.findings) {
                Problem problem = new Problem(finding.node(), finding.key(), finding.kind(), of(finding));
                present.add(Map.entry(finding.name(), problem));
                first.putIfAbsent(problem, finding);
            }
        }
        first.forEach((problem, finding) -> problem.backups().forEach(name -> {
            Checked backup = byName.get(name);
            if (backup != null && !present.contains(Map.entry(name, problem))) {
                backup.of(problem.node())
                        .ifPresent(node ->
                                backup.findings.add(new Finding(node, finding.key(), finding.kind(), finding.level())));
            }
        }));
    }

    private record Problem(NodeName node, String key, Finding.Kind kind, Set<BackupName> backups) {}
}
