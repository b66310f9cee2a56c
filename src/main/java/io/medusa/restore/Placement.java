package io.medusa.restore;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SSTable;
import io.medusa.model.SSTableName;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableFile;
import io.medusa.repository.StoredBackup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which file of a backup goes into which data directory: the components of one SSTable stay together. An SSTable that the node
 * may still have stays where it is; of the others the largest are dealt first, each to the directory that has got the least.
 */
final class Placement {
    private final CassandraYaml yaml;
    private final LocalCopies copies;
    private final Map<Path, Long> assigned = new HashMap<>();

    Placement(CassandraYaml yaml, LocalCopies copies) {
        this.yaml = yaml;
        this.copies = copies;
    }

    /**
     * One file and its place.
     *
     * @param table the directory it goes to, which may be another incarnation than the one it came from
     */
    record Placed(ManifestEntry entry, Path dataDirectory, TableDirectory table, String subdirectory)
            implements TableFile {
        /** The same for another directory. */
        Placed in(TableDirectory other) {
            return new Placed(entry, dataDirectory, other, subdirectory);
        }

        @Override
        public String fileName() {
            return entry.fileName();
        }

        @Override
        public long size() {
            return entry.size();
        }
    }

    /** @param target where a table of the backup goes now */
    List<Placed> place(StoredBackup backup, List<ManifestSection> sections, UnaryOperator<TableDirectory> target) {
        List<SSTable<BackupFile>> sstables = new ArrayList<>();
        sections.forEach(section -> sstables.addAll(sstables(backup, section)));
        sstables.sort(
                Comparator.<SSTable<BackupFile>>comparingLong(SSTable::size).reversed());
        List<Placed> placed = new ArrayList<>();
        for (SSTable<BackupFile> sstable : sstables) {
            TableDirectory table = target.apply(sstable.table());
            List<Path> directories = yaml.dataDirectoriesOf(table.keyspace(), table.table());
            Path directory = whereItIs(directories, sstable, table).orElseGet(() -> leastAssigned(directories));
            assigned.merge(directory, sstable.size(), Long::sum);
            sstable.files()
                    .forEach(file -> placed.add(new Placed(file.entry(), directory, table, file.subdirectory())));
        }
        return placed;
    }

    /**
     * The SSTables of one table of a backup.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if any file is not an SSTable component
     */
    static List<SSTable<BackupFile>> sstables(StoredBackup backup, ManifestSection section) {
        return SSTable.group(section.objects().stream()
                .map(entry -> component(backup, section.table(), entry))
                .toList());
    }

    /** Looks at every name before any object is read: see {@link #component}. */
    static void checkNames(StoredBackup backup, List<ManifestSection> sections) {
        sections.forEach(section -> sstables(backup, section));
    }

    /**
     * The place below its table that a manifest gives to an object, if it is one that a component of an SSTable has: in the table's
     * directory, or in that of a secondary index. Nothing else is ever put among a node's data.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if not
     */
    static BackupFile component(StoredBackup backup, TableDirectory table, ManifestEntry entry) {
        BackupFile file = backup.dataFile(table, entry).of(entry);
        if (!SSTableName.isComponent(file.relativePath())) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "backup " + backup.backup().name() + " of node "
                            + backup.backup().node() + " cannot be restored with table "
                            + table.qualifiedName() + ": " + Segments.quoted(file.relativePath())
                            + " is not the name of an SSTable component, and Cassandra may act on other files that it"
                            + " finds beside its SSTables; nothing of it was put in place. Restore other tables by name, or"
                            + " remove the entry of " + entry.key() + " from "
                            + backup.manifestKey()
                            + " and from the index's copy; medusa download still fetches it");
        }
        return file;
    }

    private Optional<Path> whereItIs(List<Path> directories, SSTable<BackupFile> sstable, TableDirectory table) {
        return directories.size() == 1
                ? Optional.empty()
                : directories.stream()
                        .filter(directory -> sstable.files().stream()
                                .anyMatch(file -> !copies.of(directory, table, file.relativePath())
                                        .isEmpty()))
                        .findFirst();
    }

    private Path leastAssigned(List<Path> directories) {
        return directories.stream()
                .min(Comparator.comparingLong(directory -> assigned.getOrDefault(directory, 0L)))
                .orElseThrow();
    }
}
