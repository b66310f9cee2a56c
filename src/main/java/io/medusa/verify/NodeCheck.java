package io.medusa.verify;

import io.medusa.model.BackupFile;
import io.medusa.model.BackupMode;
import io.medusa.model.Component;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.SSTableName;
import io.medusa.model.SystemKeyspaces;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Fingerprints;
import io.medusa.repository.Readable;
import io.medusa.repository.StoredBackup;
import io.medusa.storage.ObjectKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the backups of one node after the other with the listing, and queues what is to be read. */
final class NodeCheck {
    private static final Logger LOG = LoggerFactory.getLogger(NodeCheck.class);

    private final BackupCatalog catalog;
    private final ContentCheck content;
    private final KnownFindings known;

    NodeCheck(BackupCatalog catalog, ContentCheck content, KnownFindings known) {
        this.catalog = catalog;
        this.content = content;
        this.known = known;
    }

    /** Verifies the pool with all its backups, then each full backup; returns the objects of the pool. */
    Optional<ListedObjects> run(Map<NodeBackup, Checked> backups) {
        Map<String, List<NodeBackup>> byPlace = new TreeMap<>();
        backups.keySet().stream()
                .sorted(Comparator.comparing(NodeBackup::started).thenComparing(NodeBackup::name))
                .forEach(backup -> byPlace.computeIfAbsent(
                                catalog.stored(backup).dataPrefix(), absent -> new ArrayList<>())
                        .add(backup));
        Optional<ListedObjects> pool = Optional.empty();
        for (List<NodeBackup> there : byPlace.values()) {
            ListedObjects listed = new ListedObjects();
            catalog.stored(there.get(0)).listData(listed::add);
            for (NodeBackup backup : there) {
                verify(backup, listed, checked(backups, backup));
            }
            content.drain();
            NodeBackup first = there.get(0);
            if (first.mode() == BackupMode.DIFFERENTIAL) {
                pool = Optional.of(listed);
            } else if (listed.hasUnnamed()) {
                reportStrays(first, listed, checked(backups, first));
            }
        }
        return pool;
    }

    private static Checked checked(Map<NodeBackup, Checked> backups, NodeBackup backup) {
        Checked result = backups.get(backup);
        if (result == null) {
            throw new IllegalStateException("not among the backups: " + backup);
        }
        return result;
    }

    private void verify(NodeBackup backup, ListedObjects listed, Checked result) {
        SSTableCheck sstables = new SSTableCheck();
        StoredBackup stored = catalog.stored(backup);
        int before = result.objects;
        boolean[] hasUserTables = {false};
        Optional<Readable.Damaged<Boolean>> damage = stored.read(entries -> {
                    Fingerprints places = new Fingerprints();
                    entries.forEach((table, entry) -> {
                        stored.checkEntry(table, entry, places);
                        hasUserTables[0] |= !SystemKeyspaces.isSystem(table.keyspace());
                        BackupFile file = stored.dataFile(table, entry).of(entry);
                        if (!SSTableName.isComponent(file.relativePath())) {
                            result.findings.add(
                                    new Finding(backup, entry.key(), Finding.Kind.NOT_A_COMPONENT, Level.EXISTS));
                        }
                        result.count(entry);
                        boolean bySSTable = content.level() == Level.SSTABLE;
                        if (bySSTable) {
                            sstables.add(file);
                        }
                        // data waits until its digest is known
                        if (!bySSTable || file.component() != Component.DATA) {
                            compare(backup, entry, null, listed, result);
                        }
                    });
                    return true;
                })
                .damage();
        checkMetadata(backup, stored, hasUserTables[0], result);
        known.checked(backup, damage.isEmpty());
        if (damage.isPresent()) {
            LOG.error("{}", damage.get().reason());
            result.findings.add(new Finding(backup, damage.get().key().value(), Finding.Kind.UNREADABLE, Level.EXISTS));
            return;
        }
        if (result.objects == before
                && !stored.schema().statements().isEmpty()
                && stored.manifest().orThrow().sections().isEmpty()) {
            // both programs name every table of a snapshot, also those without data
            result.findings.add(new Finding(backup, stored.manifestKey().value(), Finding.Kind.EMPTY, Level.EXISTS));
        }
        stored.contradictsIndex().ifPresent(why -> {
            LOG.error("{}", why);
            result.findings.add(
                    new Finding(backup, stored.manifestKey().value(), Finding.Kind.CONTRADICTED, Level.EXISTS));
        });
        if (content.level() == Level.SSTABLE) {
            sstables.forEachData((data, digest) -> compare(backup, data, digest, listed, result));
            sstables.incomplete(catalog)
                    .forEach(key -> result.findings.add(
                            new Finding(backup, key, Finding.Kind.INCOMPLETE_SSTABLE, Level.SSTABLE)));
        }
    }

    private static void checkMetadata(NodeBackup backup, StoredBackup stored, boolean hasUserTables, Checked result) {
        List<ObjectKey> missing = stored.missingMeta();
        missing.forEach(
                key -> result.findings.add(new Finding(backup, key.value(), Finding.Kind.MISSING, Level.EXISTS)));
        stored.unreadableMeta(hasUserTables).stream()
                .filter(damage -> !missing.contains(damage.key()))
                .forEach(damage -> {
                    LOG.error("{}", damage.reason());
                    result.findings.add(
                            new Finding(backup, damage.key().value(), Finding.Kind.METADATA_UNREADABLE, Level.EXISTS));
                });
    }

    /** Compares with the listing, and queues the content for reading if the level requires it. */
    private void compare(
            NodeBackup backup, ManifestEntry entry, @Nullable ObjectKey digest, ListedObjects listed, Checked result) {
        known.named(backup, entry);
        Optional<ListedObjects.Listed> there = listed.find(entry.key());
        if (there.isEmpty()) {
            result.findings.add(new Finding(backup, entry.key(), Finding.Kind.MISSING, Level.EXISTS));
            return;
        }
        ListedObjects.Listed object = there.get();
        if (object.size() != entry.size()
                || entry.listedHash().filter(object::contradicts).isPresent()) {
            content.report(backup, entry, Level.EXISTS, result.findings);
        } else {
            known.listed(backup, entry);
            content.read(backup, entry, object, digest, result.findings);
        }
    }

    /** Reports objects in a full backup's directory that its manifest does not name, if that can be read. */
    private void reportStrays(NodeBackup backup, ListedObjects listed, Checked result) {
        if (result.findings.stream()
                .anyMatch(finding -> finding.backup().equals(backup) && finding.kind() == Finding.Kind.UNREADABLE)) {
            return;
        }
        catalog.stored(backup).listData(object -> {
            String key = object.key().value();
            boolean rewritable = SSTableName.parse(object.key().fileName())
                    .filter(name -> name.component() == Component.STATISTICS)
                    .isPresent();
            if (!listed.isNamed(key) && !rewritable) {
                result.findings.add(new Finding(backup, key, Finding.Kind.NOT_IN_MANIFEST, Level.EXISTS));
            }
        });
    }

    /** Adds the number and the bytes of the objects that no backup names. */
    void countOrphans(NodeName node, ListedObjects listed, long[] sums) {
        if (!listed.hasUnnamed()) {
            return;
        }
        catalog.pool(node).listAll(object -> {
            if (!listed.isNamed(object.key().value())) {
                sums[0]++;
                sums[1] += object.size();
            }
        });
    }
}
