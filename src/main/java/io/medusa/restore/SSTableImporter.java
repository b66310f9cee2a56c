package io.medusa.restore;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Component;
import io.medusa.model.Count;
import io.medusa.model.SSTableName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableFile;
import io.medusa.model.TableName;
import io.medusa.restore.Placement.Placed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Imports staged SSTables into the running node, table by table. */
final class SSTableImporter {
    private static final Logger LOG = LoggerFactory.getLogger(SSTableImporter.class);

    private final CassandraService service;
    private final NodeStaging staging;
    private final LiveSSTables live;

    SSTableImporter(CassandraService service, NodeStaging staging) {
        this.service = service;
        this.staging = staging;
        this.live = new LiveSSTables(service, staging.dataDirectories());
    }

    /** Whether this is a component of the table's own SSTables: secondary indexes are rebuilt. */
    static boolean isImported(TableFile file) {
        return file.subdirectory().isEmpty()
                && file.sstable()
                        .filter(name -> name.component() != Component.SAI)
                        .isPresent();
    }

    /** @param ownOnly whether rows of tokens that the node does not own are refused */
    void run(List<Placed> placed, boolean ownOnly) {
        Set<Path> directories = new TreeSet<>();
        List<LiveSSTables.Given> given = new ArrayList<>();
        for (Placed file : placed) {
            Path directory = staging.paths().staged(file.dataDirectory(), file.table());
            if (directories.add(directory)) {
                LOG.info("Importing SSTables into {}", file.table().qualifiedName());
                given.addAll(LiveSSTables.in(file.table(), directory));
                importFrom(TableName.of(file.table()), directory, ownOnly);
                refuseLeftOver(file.table(), directory);
            }
        }
        live.requireImported(given);
    }

    private void importFrom(TableName table, Path directory, boolean ownOnly) {
        try {
            service.importSSTables(table, directory, ownOnly);
        } catch (MedusaException failed) {
            if (ownOnly && failed.kind() == FailureKind.CASSANDRA_FAILED && importWithOthersRows(table, directory)) {
                return;
            }
            throw new MedusaException(
                    failed.kind(),
                    failed.getMessage()
                            + reason(directory)
                            + ". If files that the table has now are damaged, truncate it first: restore-table"
                            + " --truncate-first on a single node, restore-cluster --table in a cluster",
                    failed);
        }
    }

    /**
     * Imports rows that the node does not own, too, and cleans them up. A single such row makes Cassandra refuse everything, and a
     * node that was not cleaned up after its cluster grew has them in its SSTables, and so in its backups.
     *
     * @return false if Cassandra refuses the SSTables for another reason
     */
    private boolean importWithOthersRows(TableName table, Path directory) {
        try {
            service.importSSTables(table, directory, false);
        } catch (MedusaException refusedToo) {
            LOG.debug("Not because of tokens", refusedToo);
            return false;
        }
        LOG.info("Removing rows from {} that this node does not own", table);
        service.cleanUp(table);
        return true;
    }

    private String reason(Path about) {
        return service.log()
                .flatMap(log -> new CassandraLog(log).complaint(about.toString()))
                .map(why -> ": " + why)
                .orElse(". See Cassandra's log");
    }

    /** Cassandra skips SSTables that it cannot read, without an error. */
    private static void refuseLeftOver(TableDirectory table, Path directory) {
        List<String> left = Directories.entries(directory).stream()
                .map(file -> String.valueOf(Objects.requireNonNull(file.getFileName())))
                .filter(name -> SSTableName.parse(name)
                        .filter(parsed -> parsed.component() == Component.DATA)
                        .isPresent())
                .toList();
        if (!left.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra did not import " + Count.of(left.size(), "SSTable") + " of " + table.qualifiedName()
                            + ", such as " + left.get(0)
                            + ". They were possibly written by a newer version, are damaged, or have a column that the table lacks."
                            + " See Cassandra's log");
        }
    }
}
