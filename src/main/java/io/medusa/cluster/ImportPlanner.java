package io.medusa.cluster;

import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SSTableKeys;
import io.medusa.cassandra.SSTableName;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ContentHash;
import io.medusa.model.ImportPlan;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Replication;
import io.medusa.model.Ring;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableScope;
import io.medusa.model.TokenMap;
import io.medusa.repository.BackupRepository;
import io.medusa.repository.ManifestVisitor;
import io.medusa.repository.SSTableHeaders;
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
import org.jspecify.annotations.Nullable;

/**
 * Deals the SSTables of a cluster's backup to the nodes of another cluster: each to those that own any of the tokens between its
 * first and its last key. SSTables that several nodes have backed up with the same bytes are dealt once.
 */
public final class ImportPlanner {
    private static final String SAI = "SAI+";

    private final BackupRepository repository;
    private final TransferPool lookups;
    private final Function<ByteBuffer, Optional<BigInteger>> tokenOf;

    /** @param tokenOf the token of a partition key, nothing where the partitioner is not known */
    public ImportPlanner(
            BackupRepository repository, TransferPool lookups, Function<ByteBuffer, Optional<BigInteger>> tokenOf) {
        this.repository = repository;
        this.lookups = lookups;
        this.tokenOf = tokenOf;
    }

    /** What a node gets, and how much that is. */
    record NodeAssignment(ImportPlan plan, int sstables, long bytes) {}

    /** One SSTable of one node's backup. */
    private static final class SSTable {
        private final NodeName source;
        private final TableDirectory table;
        private final String name;
        private long bytes;
        private @Nullable ManifestEntry data;
        private @Nullable ManifestEntry keys;
        private String keysComponent = "";

        SSTable(NodeName source, TableDirectory table, String name) {
            this.source = source;
            this.table = table;
            this.name = name;
        }

        void add(SSTableName file, ManifestEntry entry) {
            bytes += entry.size();
            switch (file.component()) {
                case SSTableName.DATA -> data = entry;
                case SSTableKeys.SUMMARY, SSTableKeys.PARTITIONS -> {
                    keys = entry;
                    keysComponent = file.component();
                }
                default -> {}
            }
        }

        /** The same for the same bytes, where they are known by hash. */
        Optional<String> content() {
            ManifestEntry entry = data;
            return entry == null
                    ? Optional.empty()
                    : entry.knownHash().map(ContentHash::toString).map(hash -> table + " " + entry.size() + " " + hash);
        }
    }

    /** What backups hold of the tables that are wanted, those without rows included. */
    static final class Contents {
        private final Set<TableDirectory> tables = new TreeSet<>();
        private final List<SSTable> sstables = new ArrayList<>();
        private final SSTableHeaders headers;

        Contents(SSTableHeaders headers) {
            this.headers = headers;
        }

        /** What the SSTables say of their tables; reads them. */
        Map<TableDirectory, Set<SSTableHeader>> headers() {
            return headers.read();
        }

        /** The tables. */
        Set<TableDirectory> tables() {
            return tables;
        }
    }

    /** Reads the manifests, each once. */
    Contents read(Collection<NodeBackup> backups, Predicate<TableDirectory> wanted) {
        Contents contents = new Contents(new SSTableHeaders(repository, lookups));
        backups.forEach(backup -> read(backup, wanted, contents));
        return contents;
    }

    private void read(NodeBackup backup, Predicate<TableDirectory> wanted, Contents contents) {
        Map<String, SSTable> found = new LinkedHashMap<>();
        repository.readManifest(backup, new ManifestVisitor() {
            private boolean isWanted;

            @Override
            public void section(TableDirectory table, TableScope scope) {
                isWanted = wanted.test(table);
                if (isWanted) {
                    contents.tables.add(table);
                }
            }

            @Override
            public void entry(TableDirectory table, ManifestEntry entry) {
                if (!isWanted) {
                    return;
                }
                String path = repository.dataFile(backup, table, entry).relativePath();
                Optional<SSTableName> file = path.contains("/") ? Optional.empty() : SSTableName.parse(path);
                if (file.isPresent() && !file.get().component().startsWith(SAI)) {
                    found.computeIfAbsent(
                                    table + "/" + file.get().sstable(),
                                    absent -> new SSTable(
                                            backup.node(), table, file.get().sstable()))
                            .add(file.get(), entry);
                    contents.headers.add(table, file.get(), entry);
                }
            }
        });
        contents.sstables.addAll(found.values());
    }

    /**
     * Deals.
     *
     * @param sources nodes whose SSTables are dealt
     * @param target the ring that gets them
     * @param replications of the target's keyspaces
     */
    Map<NodeName, NodeAssignment> deal(
            BackupName name,
            Contents contents,
            Set<NodeName> sources,
            TokenMap target,
            Map<String, Replication> replications) {
        List<SSTable> sstables = distinct(contents, sources);
        List<Optional<Interval>> intervals = lookups.mapAll("Looking", sstables, sstable -> 0L, this::interval);
        Map<String, List<Ring.Range>> ranges = new HashMap<>();
        Map<NodeName, Dealt> assignments = new TreeMap<>();
        target.names().forEach(node -> assignments.put(node, new Dealt()));
        Ring ring = new Ring(target);
        for (int i = 0; i < sstables.size(); i++) {
            SSTable sstable = sstables.get(i);
            List<Ring.Range> ofKeyspace = ranges.computeIfAbsent(
                    sstable.table.keyspace(),
                    keyspace -> ring.ranges(replications.getOrDefault(keyspace, new Replication(Map.of()))));
            Optional<Interval> interval = intervals.get(i);
            Set<NodeName> owners = owners(ofKeyspace, interval);
            if (owners.isEmpty()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "no node of the cluster holds rows of keyspace " + sstable.table.keyspace()
                                + ": it is not replicated there");
            }
            for (NodeName node : owners) {
                Objects.requireNonNull(assignments.get(node)).add(sstable, owns(ofKeyspace, node, interval));
            }
        }
        return assignments(name, assignments);
    }

    /**
     * Gives every node what one node of the backup had, for a ring whose nodes own the same tokens.
     *
     * @param targets by the node that was backed up
     */
    Map<NodeName, NodeAssignment> pass(BackupName name, Contents contents, Map<NodeName, NodeName> targets) {
        Map<NodeName, Dealt> assignments = new TreeMap<>();
        targets.values().forEach(node -> assignments.put(node, new Dealt()));
        contents.sstables.forEach(
                sstable -> Objects.requireNonNull(assignments.get(Objects.requireNonNull(targets.get(sstable.source))))
                        .add(sstable, true));
        return assignments(name, assignments);
    }

    private static Map<NodeName, NodeAssignment> assignments(BackupName name, Map<NodeName, Dealt> dealt) {
        Map<NodeName, NodeAssignment> assignments = new LinkedHashMap<>();
        dealt.forEach((node, own) -> assignments.put(node, own.assignment(name)));
        return assignments;
    }

    /** What one node has been dealt so far. */
    private static final class Dealt {
        private final Map<NodeName, Map<TableDirectory, Set<String>>> sources = new TreeMap<>();
        private final Set<TableName> cleanUp = new LinkedHashSet<>();
        private int sstables;
        private long bytes;

        void add(SSTable sstable, boolean ownsAll) {
            sources.computeIfAbsent(sstable.source, absent -> new TreeMap<>())
                    .computeIfAbsent(sstable.table, absent -> new TreeSet<>())
                    .add(sstable.name);
            if (!ownsAll) {
                cleanUp.add(TableName.of(sstable.table));
            }
            sstables++;
            bytes += sstable.bytes;
        }

        NodeAssignment assignment(BackupName name) {
            return new NodeAssignment(new ImportPlan(name, sources, cleanUp), sstables, bytes);
        }
    }

    private static List<SSTable> distinct(Contents contents, Set<NodeName> sources) {
        Set<String> seen = new HashSet<>();
        return contents.sstables.stream()
                .filter(sstable -> sources.contains(sstable.source))
                .filter(sstable -> sstable.content().map(seen::add).orElse(true))
                .toList();
    }

    /** Tokens, both ends included. */
    private record Interval(BigInteger first, BigInteger last) {}

    /** Nothing where it cannot be told; then the SSTable goes to everybody. */
    private Optional<Interval> interval(SSTable sstable) {
        ManifestEntry keys = sstable.keys;
        if (keys == null) {
            return Optional.empty();
        }
        ObjectKey key = new ObjectKey(keys.key());
        Optional<SSTableKeys> found =
                SSTableKeys.read(sstable.keysComponent, keys.size(), (offset, length) -> repository
                        .openData(key, offset, length)
                        .orElseThrow(() -> new FileNotFoundException(keys.key())));
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
