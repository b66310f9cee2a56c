package io.medusa.restore;

import io.medusa.cassandra.SchemaTableIds;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.Component;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SSTable;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.StoredBackup;
import io.medusa.storage.ObjectKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that a backup of a whole node defines each of its tables, in the text of the schema or in its own schema tables.
 * Without a definition, Cassandra would never read the restored data of a table.
 */
final class Definitions {
    private static final Logger LOG = LoggerFactory.getLogger(Definitions.class);
    private static final Set<String> TABLES = Set.of("tables", "views");

    private final BackupCatalog catalog;

    Definitions(BackupCatalog catalog) {
        this.catalog = catalog;
    }

    /** @throws MedusaException if a table with data has no definition */
    void require(StoredBackup backup, List<ManifestSection> sections) {
        List<TableDirectory> withData = sections.stream()
                .filter(section -> !section.objects().isEmpty())
                .map(ManifestSection::table)
                .filter(table -> !SystemKeyspaces.isSystem(table.keyspace())
                        && table.id().isPresent())
                .toList();
        List<TableDirectory> undefined =
                withData.isEmpty() ? withData : backup.schema().undefined(withData);
        if (undefined.isEmpty()) {
            return;
        }
        List<SchemaTableIds> rows;
        try {
            rows = rows(backup, sections);
        } catch (IOException unreadable) {
            LOG.warn(
                    "The backup's schema.cql does not define {}, and its {} tables cannot be read: {}",
                    names(undefined),
                    SystemKeyspaces.SCHEMA,
                    unreadable.getMessage());
            return;
        }
        List<TableDirectory> lost = undefined.stream()
                .filter(table -> rows.stream()
                        .noneMatch(sstable -> sstable.contains(table.id().orElseThrow())))
                .toList();
        if (!lost.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the backup has data of " + names(lost)
                            + " but no definition: it was dropped or created while the backup was taken. Nothing was"
                            + " changed. Choose another backup, or select what to restore with --keyspace and --table");
        }
    }

    private static String names(List<TableDirectory> tables) {
        return tables.stream().map(TableDirectory::qualifiedName).collect(Collectors.joining(", "));
    }

    private List<SchemaTableIds> rows(StoredBackup backup, List<ManifestSection> sections) throws IOException {
        List<SchemaTableIds> rows = new ArrayList<>();
        for (ManifestSection section : sections) {
            if (!section.table().keyspace().equals(SystemKeyspaces.SCHEMA)
                    || !TABLES.contains(section.table().table())) {
                continue;
            }
            for (SSTable<BackupFile> sstable : Placement.sstables(backup, section)) {
                Optional<BackupFile> data = sstable.find(Component.DATA);
                if (sstable.isOfTable() && data.isPresent()) {
                    Optional<BackupFile> compression = sstable.find(Component.COMPRESSION_INFO);
                    rows.add(new SchemaTableIds(
                            sstable.name(),
                            bytes(data.get().entry()),
                            compression.isPresent() ? bytes(compression.get().entry()) : new byte[0]));
                }
            }
        }
        return rows;
    }

    private byte[] bytes(ManifestEntry entry) throws IOException {
        try (InputStream in = catalog.openData(new ObjectKey(entry.key()))
                .orElseThrow(() -> new FileNotFoundException(entry.key() + " is missing"))) {
            return in.readAllBytes();
        }
    }
}
