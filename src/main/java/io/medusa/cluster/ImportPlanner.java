package io.medusa.cluster;

import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SSTableKeys;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.BackupName;
import io.medusa.model.Component;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.ManifestEntries;
import io.medusa.repository.SSTableHeaders;
import io.medusa.repository.StoredBackup;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.FileNotFoundException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Assigns the SSTables of a cluster's backup to the nodes of another cluster: each to the nodes that own any token between its first
 * and its last key. SSTables that several nodes have backed up with the same bytes are assigned once.
 */
public final class ImportPlanner {
    private final BackupCatalog catalog;
    private final TransferPool lookups;
    private final Function<ByteBuffer, Optional<BigInteger>> tokenOf;

    /** @param tokenOf the token of a partition key; empty if the partitioner is unknown */
    public ImportPlanner(
            BackupCatalog catalog, TransferPool lookups, Function<ByteBuffer, Optional<BigInteger>> tokenOf) {
        this.catalog = catalog;
        this.lookups = lookups;
        this.tokenOf = tokenOf;
    }

    /** The import plan of a node, and its size. */
    record NodeAssignment(ImportPlan plan, int sstables, long bytes) {}

    /**
     * One SSTable of one node's backup, as far as the assignment needs it.
     *
     * @param content an identity of the bytes; empty if their hash is unknown
     * @param keys the component with the first and the last key; empty if there is none
     */
    private record Candidate(
            NodeName source,
            TableDirectory table,
            String name,
            long bytes,
            Optional<String> content,
            Optional<BackupFile> keys) {
        static Candidate of(NodeName source, SSTable<BackupFile> sstable) {
            Optional<String> content = sstable.find(Component.DATA)
                    .map(BackupFile::entry)
                    .flatMap(data -> data.knownHash().map(hash -> sstable.table() + " " + data.size() + " " + hash));
            return new Candidate(
                    source,
                    sstable.table(),
                    sstable.name(),
                    sstable.size(),
                    content,
                    sstable.find(Component.SUMMARY).or(() -> sstable.find(Component.PARTITIONS)));
        }
    }

    /** The selected tables in the backups, including those without rows. */
    static final class Contents {
        private final Set<TableDirectory> tables = new TreeSet<>();
        private final List<Candidate> sstables = new ArrayList<>();
        private final SSTableHeaders headers;

        Contents(SSTableHeaders headers) {
            this.headers = headers;
        }

        /** Reads the tables' columns from the headers of their SSTables. */
        Map<TableDirectory, Set<SSTableHeader>> headers() {
            return headers.read();
        }

        /** The tables. */
        Set<TableDirectory> tables() {
            return tables;
        }
    }

    /** Reads every manifest once. */
    Contents read(Collection<NodeBackup> backups, Predicate<TableDirectory> wanted) {
        Contents contents = new Contents(new SSTableHeaders(catalog, lookups));
        backups.forEach(backup -> read(backup, wanted, contents));
        return contents;
    }

    private void read(NodeBackup backup, Predicate<TableDirectory> wanted, Contents contents) {
        List<BackupFile> files = new ArrayList<>();
        StoredBackup stored = catalog.stored(backup);
        try (ManifestEntries entries = stored.entries()) {
            var section = entries.nextSection();
            stored.checkNamesTables(section.isPresent());
            for (; section.isPresent(); section = entries.nextSection()) {
                TableDirectory table = section.get().table();
                boolean isWanted = wanted.test(table);
                if (isWanted) {
                    contents.tables.add(table);
                }
                entries.nextEntries(entry -> {
                    if (!isWanted) {
                        return;
                    }
                    BackupFile file = stored.dataFile(table, entry).of(entry);
                    if (file.subdirectory().isEmpty()
                            && file.sstable().isPresent()
                            && file.component() != Component.SAI) {
                        files.add(file);
                    }
                });
            }
        }
        for (SSTable<BackupFile> sstable : SSTable.group(files)) {
            contents.headers.add(sstable);
            contents.sstables.add(Candidate.of(backup.node(), sstable));
        }
    }

    /**
     * Assigns the SSTables.
     *
     * @param sources the nodes whose SSTables are assigned
     * @param target the ring of the target
     * @param replications of the target's keyspaces
     */
    Map<NodeName, NodeAssignment> deal(
            BackupName name,
            Contents contents,
            Set<NodeName> sources,
            TokenMap target,
            Map<String, Replication> replications) {
        List<Candidate> sstables = distinct(contents, sources);
        List<Optional<Interval>> intervals = lookups.mapAll("Looking", sstables, sstable -> 0L, this::interval);
        Map<String, List<Ring.Range>> ranges = new HashMap<>();
        Map<NodeName, Dealt> assignments = new TreeMap<>();
        target.names().forEach(node -> assignments.put(node, new Dealt()));
        Ring ring = new Ring(target);
        for (int i = 0; i < sstables.size(); i++) {
            Candidate sstable = sstables.get(i);
            List<Ring.Range> ofKeyspace = ranges.computeIfAbsent(
                    sstable.table().keyspace(),
                    keyspace -> ring.ranges(replications.getOrDefault(keyspace, new Replication(Map.of()))));
            Optional<Interval> interval = intervals.get(i);
            Set<NodeName> owners = owners(ofKeyspace, interval);
            if (owners.isEmpty()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "no node of the cluster holds rows of keyspace "
                                + sstable.table().keyspace() + ": it is not replicated there");
            }
            for (NodeName node : owners) {
                Objects.requireNonNull(assignments.get(node)).add(sstable, owns(ofKeyspace, node, interval));
            }
        }
        return assignments(name, assignments);
    }

    /**
     * Assigns to every node the SSTables of one node of the backup, for a ring whose nodes own the same tokens.
     *
     * @param targets by the backed-up node
     */
    Map<NodeName, NodeAssignment> pass(BackupName name, Contents contents, Map<NodeName, NodeName> targets) {
        Map<NodeName, Dealt> assignments = new TreeMap<>();
        targets.values().forEach(node -> assignments.put(node, new Dealt()));
        contents.sstables.forEach(sstable -> Objects.requireNonNull(
                        assignments.get(Objects.requireNonNull(targets.get(sstable.source()))))
                .add(sstable, true));
        return assignments(name, assignments);
    }

    private static Map<NodeName, NodeAssignment> assignments(BackupName name, Map<NodeName, Dealt> dealt) {
        Map<NodeName, NodeAssignment> assignments = new LinkedHashMap<>();
        dealt.forEach((node, own) -> assignments.put(node, own.assignment(name)));
        return assignments;
    }

    /** The assignments of one node so far. */
    private static final class Dealt {
        private final Map<NodeName, Map<TableDirectory, Set<String>>> sources = new TreeMap<>();
        private final Set<TableName> cleanUp = new LinkedHashSet<>();
        private int sstables;
        private long bytes;

        void add(Candidate sstable, boolean ownsAll) {
            sources.computeIfAbsent(sstable.source(), absent -> new TreeMap<>())
                    .computeIfAbsent(sstable.table(), absent -> new TreeSet<>())
                    .add(sstable.name());
            if (!ownsAll) {
                cleanUp.add(TableName.of(sstable.table()));
            }
            sstables++;
            bytes += sstable.bytes();
        }

        NodeAssignment assignment(BackupName name) {
            return new NodeAssignment(new ImportPlan(name, sources, cleanUp), sstables, bytes);
        }
    }

    private static List<Candidate> distinct(Contents contents, Set<NodeName> sources) {
        Set<String> seen = new HashSet<>();
        return contents.sstables.stream()
                .filter(sstable -> sources.contains(sstable.source()))
                .filter(sstable -> sstable.content().map(seen::add).orElse(true))
                .toList();
    }

    /** A range of tokens that includes both ends. */
    private record Interval(BigInteger first, BigInteger last) {}

    /** Empty if it cannot be determined; then every node imports the SSTable. */
    private Optional<Interval> interval(Candidate sstable) {
        if (sstable.keys().isEmpty()) {
            return Optional.empty();
        }
        BackupFile keys = sstable.keys().get();
        ObjectKey key = new ObjectKey(keys.entry().key());
        Optional<SSTableKeys> found = SSTableKeys.read(
                keys.component(), keys.size(), (offset, length) -> catalog.openData(key, offset, length)
                        .orElseThrow(() -> new FileNotFoundException(key.value())));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<BigInteger> first = tokenOf.apply(found.get().first());
        Optional<BigInteger> last = tokenOf.apply(found.get().last());
        return first.isPresent() && last.isPresent() && first.get().compareTo(last.get()) <= 0
                ? Optional.of(new Interval(first.get(), last.get()))
                : Optional.empty();
    }

    private static Set<NodeName> owners(List<Ring.Range> ranges, Optional<Interval> interval) {
        Set<NodeName> owners = new TreeSet<>();
        for (Ring.Range range : ranges) {
            if (interval.isEmpty()
                    || range.touches(interval.get().first(), interval.get().last())) {
                owners.addAll(range.replicas());
            }
        }
        return owners;
    }

    private static boolean owns(List<Ring.Range> ranges, NodeName node, Optional<Interval> interval) {
        return ranges.stream()
                .filter(range -> interval.isEmpty()
                        || range.touches(interval.get().first(), interval.get().last()))
                .allMatch(range -> range.replicas().contains(node));
    }
}
