package io.medusa.cassandra.process;

import io.medusa.cassandra.CassandraService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.TableName;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node of a pod, whose Cassandra container starts after this program: it must be down, and is neither stopped nor started. */
public final class PodCassandraService implements CassandraService {
    private static final Logger LOG = LoggerFactory.getLogger(PodCassandraService.class);

    private final CassandraService ports;

    /** @param ports used only to check whether the node is up */
    public PodCassandraService(CassandraService ports) {
        this.ports = ports;
    }

    @Override
    public boolean isUp() {
        return ports.isUp();
    }

    @Override
    public List<Check> checks() {
        return List.of();
    }

    @Override
    public Optional<Locations> locations() {
        return ports.locations();
    }

    @Override
    public Optional<Identity> identity() {
        return ports.identity();
    }

    @Override
    public Optional<Path> storageDirectory() {
        return ports.storageDirectory();
    }

    @Override
    public boolean isDrained() {
        return ports.isDrained();
    }

    @Override
    public Optional<String> user(Collection<Path> directories) {
        return ports.user(directories);
    }

    @Override
    public void rebuildIndex(String keyspace, String table, String index) {
        ports.rebuildIndex(keyspace, table, index);
    }

    @Override
    public void importSSTables(TableName table, Path directory, boolean ownOnly) {
        ports.importSSTables(table, directory, ownOnly);
    }

    @Override
    public void linkLive(String tag, Set<TableName> tables) {
        ports.linkLive(tag, tables);
    }

    @Override
    public void clearSnapshot(String tag) {
        ports.clearSnapshot(tag);
    }

    @Override
    public Optional<Path> log() {
        return ports.log();
    }

    @Override
    public void cleanUp(TableName table) {
        ports.cleanUp(table);
    }

    @Override
    public void drain() {
        ports.drain();
    }

    @Override
    public void stop() {
        if (isUp()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "Cassandra is running in this pod, and Medusa cannot stop it there. Restore in a container that exits"
                            + " before it starts; no data was changed");
        }
    }

    @Override
    public void start() {
        LOG.info("Cassandra is left to its pod to start");
    }
}
