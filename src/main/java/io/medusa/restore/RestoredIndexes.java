package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableName;
import io.medusa.repository.StoredBackup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secondary indexes of restored tables, by the table's name.
 *
 * <p>An index that is not known to have been completely built when the snapshot began has to be rebuilt: Cassandra would take it for
 * built and find nothing with it. The restored {@code system.IndexInfo} is of another moment than the tables.
 *
 * @param built indexes that the backup is known to have completely, of restored tables only
 * @param defined indexes that the backup's schema defines, of any table
 */
record RestoredIndexes(Map<String, Set<String>> built, Map<String, Set<String>> defined) {
    private static final Logger LOG = LoggerFactory.getLogger(RestoredIndexes.class);

    static RestoredIndexes of(StoredBackup backup, List<ManifestSection> sections) {
        Map<String, Set<String>> built = new HashMap<>();
        sections.forEach(section -> built.put(
                section.table().qualifiedName(), section.builtIndexes().orElse(Set.of())));
        return new RestoredIndexes(built, backup.schema().indexesBuiltOnce());
    }

    /** The indexes among {@code all} that the backup is not known to have completely. */
    private Map<String, Set<String>> incomplete(Map<String, Set<String>> all) {
        Map<String, Set<String>> incomplete = new TreeMap<>();
        all.forEach((table, names) -> {
            Set<String> others = new TreeSet<>(names);
            others.removeAll(built.getOrDefault(table, names));
            if (!others.isEmpty()) {
                incomplete.put(table, others);
            }
        });
        return incomplete;
    }

    /**
     * Rebuilds the indexes of single tables.
     *
     * @param present the indexes that exist now, by table
     */
    void rebuild(Map<String, Set<String>> present, IndexRebuild rebuild) {
        incomplete(present)
                .forEach((name, incomplete) -> incomplete.forEach(index -> {
                    LOG.info("Rebuilding index {} of {}, which is possibly incomplete in the backup", index, name);
                    rebuild.of(TableName.parse(name), index);
                }));
    }

    /** Rebuilds the indexes of a whole node, whose schema was restored with it. Failures are logged: the data is restored regardless. */
    void rebuildAll(IndexRebuild rebuild) {
        try {
            rebuild(defined, rebuild);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            // the restored roles may differ, so that JMX rejects our credentials
            LOG.warn("Cannot rebuild secondary indexes: {}", failed.getMessage());
            warn();
        }
    }

    /** Logs which indexes have to be rebuilt by hand. */
    void warn() {
        incomplete(defined)
                .forEach((table, names) -> names.forEach(index -> LOG.warn(
                        "Index {} of {} is possibly incomplete in the backup. When Cassandra is up, run nodetool"
                                + " rebuild_index {} {}",
                        index,
                        table,
                        table.replace('.', ' '),
                        index)));
    }
}
