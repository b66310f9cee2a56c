package io.medusa.testing;

import io.medusa.cassandra.CassandraService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.TableName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A node that does what a test says, and notes what it is told. */
public final class FakeCassandraService implements CassandraService {
    private final List<String> told = new ArrayList<>();
    private boolean up;
    private boolean drainable = true;
    private Optional<Locations> locations = Optional.empty();
    private Optional<Identity> identity = Optional.empty();
    private Optional<Path> storage = Optional.empty();
    private Optional<String> user = Optional.empty();
    private List<Check> checks = List.of();
    private Runnable onDrain = () -> {};
    private Runnable onStop = () -> {};
    private Runnable onStart = () -> {};

    /** A node that is down and tells nothing. */
    public static FakeCassandraService down() {
        return new FakeCassandraService();
    }

    /** A node that is up and tells nothing of itself. */
    public static FakeCassandraService up() {
        FakeCassandraService service = new FakeCassandraService();
        service.up = true;
        return service;
    }

    public FakeCassandraService thatCannotBeDrained() {
        drainable = false;
        return this;
    }

    public FakeCassandraService says(Locations where) {
        locations = Optional.of(where);
        return this;
    }

    public FakeCassandraService says(Identity who) {
        identity = Optional.of(who);
        return this;
    }

    public FakeCassandraService showsStorage(Path directory) {
        storage = Optional.of(directory);
        return this;
    }

    public FakeCassandraService usedBy(String process) {
        user = Optional.of(process);
        return this;
    }

    public FakeCassandraService checked(Check... found) {
        checks = List.of(found);
        return this;
    }

    /** What draining does to the node's files. */
    public FakeCassandraService onDrain(Runnable flush) {
        onDrain = flush;
        return this;
    }

    /** What happens when it has been stopped. */
    public FakeCassandraService onStop(Runnable then) {
        onStop = then;
        return this;
    }

    /** What happens when it is started, before it is up. */
    public FakeCassandraService onStart(Runnable then) {
        onStart = then;
        return this;
    }

    /** {@code drain}, {@code stop} and {@code start}, in order. */
    public List<String> told() {
        return told;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public List<Check> checks() {
        return checks;
    }

    @Override
    public Optional<Locations> locations() {
        return locations;
    }

    @Override
    public Optional<Identity> identity() {
        return identity;
    }

    @Override
    public Optional<Path> storageDirectory() {
        return storage;
    }

    @Override
    public boolean isDrained() {
        return false;
    }

    @Override
    public Optional<String> user(Collection<Path> directories) {
        return user;
    }

    @Override
    public void rebuildIndex(String keyspace, String table, String index) {
        told.add("rebuild " + index);
    }

    @Override
    public void importSSTables(TableName table, Path directory, boolean ownOnly) {
        told.add("import " + table);
    }

    @Override
    public void cleanUp(TableName table) {
        told.add("clean up " + table);
    }

    @Override
    public void linkLive(String tag, Set<TableName> tables) {
        throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "JMX does not answer");
    }

    @Override
    public void clearSnapshot(String tag) {
        // nobody takes any
    }

    @Override
    public Optional<Path> log() {
        return Optional.empty();
    }

    @Override
    public void drain() {
        if (!drainable) {
            throw new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "JMX does not answer");
        }
        told.add("drain");
        onDrain.run();
    }

    @Override
    public void stop() {
        told.add("stop");
        up = false;
        onStop.run();
    }

    @Override
    public void start() {
        told.add("start");
        onStart.run();
        up = true;
    }
}
