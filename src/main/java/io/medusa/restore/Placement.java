package io.medusa.restore;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.SSTableName;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupRepository;
import io.medusa.repository.RepositoryLayout.DataFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which file of a backup goes into which data directory: the components of one SSTable stay together. An SSTable that the node
 * may still have stays where it is; of the others the largest are dealt first, each to the directory that has got the least.
 */
final class Placement {
    private final BackupRepository repository;
    private final CassandraYaml yaml;
    private final LocalCopies copies;
    private final Map<Path, Long> assigned = new HashMap<>();

    Placement(BackupRepository repository, CassandraYaml yaml, LocalCopies copies) {
        this.repository = repository;
        this.yaml = yaml;
        this.copies = copies;
    }

    /**
     * One file and its place.
     *
     * @param table the directory it goes to, which may be another incarnation than the one it came from
     */
    record Placed(ManifestEntry entry, Path dataDirectory, TableDirectory table, String relativePath) {}

    private record Group(DataFile first, TableDirectory table, List<ManifestEntry> entries, List<String> paths) {
        long size() {
            return entries.stream().mapToLong(ManifestEntry::size).sum();
        }
    }

    /** @param target where a table of the backup goes now */
    List<Placed> place(NodeBackup backup, List<ManifestSection> sections, UnaryOperator<TableDirectory> target) {
        List<Group> groups = new ArrayList<>();
        sections.forEach(section -> groups.addAll(groups(backup, section)));
        groups.sort(Comparator.comparingLong(Group::size).reversed());
        List<Placed> placed = new ArrayList<>();
        for (Group group : groups) {
            TableDirectory table = target.apply(group.table());
            List<Path> directories = yaml.dataDirectoriesOf(table.keyspace(), table.table());
            Path directory = whereItIs(directories, group, table).orElseGet(() -> leastAssigned(directories));
            assigned.merge(directory, group.size(), Long::sum);
            for (int i = 0; i < group.entries().size(); i++) {
                placed.add(new Placed(
                        group.entries().get(i), directory, table, group.paths().get(i)));
            }
        }
        return placed;
    }

    private List<Group> groups(NodeBackup backup, ManifestSection section) {
        Map<String, Group> groups = new LinkedHashMap<>();
        for (ManifestEntry entry : section.objects()) {
            DataFile file = component(repository, backup, section.table(), entry);
            String sstable =
                    SSTableName.parse(file.fileName()).map(SSTableName::sstable).orElse(file.fileName());
            Group group = groups.computeIfAbsent(
                    file.subdirectory() + "/" + sstable,
                    absent -> new Group(file, section.table(), new ArrayList<>(), new ArrayList<>()));
            group.entries().add(entry);
            group.paths().add(file.relativePath());
        }
        return List.copyOf(groups.values());
    }

    /** Looks at every name before any object is read: see {@link #component}. */
    static void checkNames(BackupRepository repository, NodeBackup backup, List<ManifestSection> sections) {
        sections.forEach(
                section -> section.objects().forEach(entry -> component(repository, backup, section.table(), entry)));
    }

    /**
     * The place below its table that a manifest gives to an object, if it is one that a component of an SSTable has: in the table's
     * directory, or in that of a secondary index. Nothing else is ever put among a node's data.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if not
     */
    static DataFile component(
            BackupRepository repository, NodeBackup backup, TableDirectory table, ManifestEntry entry) {
        DataFile file = repository.dataFile(backup, table, entry);
        if (!SSTableName.isComponent(file.relativePath())) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "backup " + backup.name() + " of node " + backup.node() + " cannot be restored with table "
                            + table.qualifiedName() + ": " + Segments.quoted(file.relativePath())
                            + " is not the name of an SSTable component, and Cassandra may act on other files that it"
                            + " finds beside its SSTables; nothing of it was put in place. Restore other tables by name, or"
                            + " remove the entry of " + entry.key() + " from " + repository.manifestKey(backup)
                            + " and from the index's copy; medusa download still fetches it");
        }
        return file;
    }

    private Optional<Path> whereItIs(List<Path> directories, Group group, TableDirectory table) {
        return directories.size() == 1
                ? Optional.empty()
                : directories.stream()
                        .filter(directory -> group.paths().stream().anyMatch(path -> !copies.of(directory, table, path)
                                .isEmpty()))
                        .findFirst();
    }

    private Path leastAssigned(List<Path> directories) {
        return directories.stream()
                .min(Comparator.comparingLong(directory -> assigned.getOrDefault(directory, 0L)))
                .orElseThrow();
    }
}
