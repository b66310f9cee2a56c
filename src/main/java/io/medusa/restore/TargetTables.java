package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds where single tables of a backup belong now: their own directory, that of a table of the same name that was created
 * since, or, for a table that was dropped, a new one with the old id, made by creating the table.
 */
final class TargetTables {
    private static final Logger LOG = LoggerFactory.getLogger(TargetTables.class);

    private final CassandraYaml yaml;
    private final CassandraSchema schema;

    TargetTables(CassandraYaml yaml, CassandraSchema schema) {
        this.yaml = yaml;
        this.schema = schema;
    }

    /**
     * The present directory of each table.
     *
     * @param backupSchema the CQL that the backup keeps
     * @param nodeIsUp whether Cassandra can be asked
     * @param onlyLook whether nothing may be created or altered; a table that is missing then keeps its old directory
     */
    Map<TableDirectory, TableDirectory> find(
            List<ManifestSection> sections, String backupSchema, boolean nodeIsUp, boolean onlyLook) {
        List<TableDirectory> wanted =
                sections.stream().map(ManifestSection::table).toList();
        return nodeIsUp ? bySchema(wanted, backupSchema, onlyLook) : byDirectories(wanted);
    }

    private Map<TableDirectory, TableDirectory> bySchema(
            List<TableDirectory> wanted, String backupSchema, boolean onlyLook) {
        Set<TableDirectory> present = schema.tables();
        Map<TableDirectory, TableDirectory> targets = new HashMap<>();
        List<TableDirectory> missing = new ArrayList<>();
        for (TableDirectory table : wanted) {
            Optional<TableDirectory> now = sameName(present, table);
            if (now.isEmpty()) {
                missing.add(table);
            } else if (!now.get().equals(table) && !onlyLook) {
                schema.fit(backupSchema, table, TableName.of(table));
                LOG.info("Table {} was created anew since the backup: restoring into it", table.qualifiedName());
            }
            targets.put(table, now.orElse(table));
        }
        if (!missing.isEmpty() && !onlyLook) {
            schema.create(backupSchema, missing);
            Set<TableDirectory> after = schema.tables();
            for (TableDirectory table : missing) {
                targets.put(
                        table,
                        sameName(after, table)
                                .orElseThrow(() -> new MedusaException(
                                        FailureKind.CASSANDRA_FAILED,
                                        "table " + table.qualifiedName() + " could not be created again")));
            }
        }
        return targets;
    }

    private static Optional<TableDirectory> sameName(Set<TableDirectory> tables, TableDirectory table) {
        return tables.stream()
                .filter(other -> other.qualifiedName().equals(table.qualifiedName()))
                .findFirst();
    }

    /** Without Cassandra, only a table that has kept its directory can be restored, and only if nothing else would be lost. */
    private Map<TableDirectory, TableDirectory> byDirectories(List<TableDirectory> wanted) {
        CommitLog.refuseSegments(yaml);
        Map<TableDirectory, TableDirectory> targets = new HashMap<>();
        for (TableDirectory table : wanted) {
            boolean isLive = yaml.dataDirectoriesOf(table.keyspace(), table.table()).stream()
                    .map(data -> data.resolve(table.keyspace()).resolve(table.directory()))
                    .anyMatch(directory -> Files.isDirectory(directory) && !wasDropped(directory));
            if (!isLive) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_UNREACHABLE,
                        "Cassandra is down and table " + table.qualifiedName()
                                + " does not have the directory it had: start Cassandra, so that the table can be found or"
                                + " created, or restore the whole node");
            }
            targets.put(table, table);
        }
        return targets;
    }

    private static boolean wasDropped(Path tableDirectory) {
        Path snapshots = tableDirectory.resolve("snapshots");
        if (!Files.isDirectory(snapshots)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(snapshots)) {
            return entries.anyMatch(entry -> String.valueOf(entry.getFileName()).startsWith("dropped-"));
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + snapshots, failed, FailureKind.LOCAL_FILE);
        }
    }
}
