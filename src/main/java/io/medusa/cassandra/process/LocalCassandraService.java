package io.medusa.cassandra.process;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeControl;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.os.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node as its start and stop commands, its ports and its process show it. */
public final class LocalCassandraService implements CassandraService {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCassandraService.class);
    private static final Duration STOP_AT_MOST = Duration.ofMinutes(10);
    private static final Duration START_AT_MOST = Duration.ofMinutes(30);

    private final CassandraYaml yaml;
    private final List<String> startCommand;
    private final List<String> stopCommand;
    private final NodeControl control;

    /** Nothing is run before the first call. */
    public LocalCassandraService(
            CassandraYaml yaml, List<String> startCommand, List<String> stopCommand, NodeControl control) {
        this.yaml = yaml;
        this.startCommand = List.copyOf(startCommand);
        this.stopCommand = List.copyOf(stopCommand);
        this.control = control;
    }

    @Override
    public Optional<Locations> locations() {
        return control.locations();
    }

    @Override
    public void rebuildIndex(String keyspace, String table, String index) {
        control.rebuildIndex(keyspace, table, index);
    }

    @Override
    public void importSSTables(TableName table, Path directory, boolean ownOnly) {
        control.importSSTables(table, directory, ownOnly);
    }

    @Override
    public void linkLive(String tag, Set<TableName> tables) {
        control.linkLive(tag, tables);
    }

    @Override
    public void clearSnapshot(String tag) {
        control.clear(tag);
    }

    @Override
    public Optional<Path> log() {
        return control.log();
    }

    @Override
    public void cleanUp(TableName table) {
        control.cleanUp(table);
    }

    @Override
    public boolean isUp() {
        return nativePortOpen() || storagePortOpen() || control.processId().isPresent();
    }

    @Override
    public void drain() {
        control.drain();
    }

    @Override
    public void stop() {
        OptionalLong process = control.processId();
        LOG.info("Stopping Cassandra");
        ExternalCommand command = new ExternalCommand(stopCommand);
        ExternalCommand.Outcome outcome = command.run(STOP_AT_MOST);
        if (!outcome.succeeded()) {
            LOG.info("{} ended with status {}: {}", command, outcome.exitStatus(), outcome.lastLine());
        }
        boolean down = await(() -> !portsOpen() && (process.isEmpty() || !isAlive(process.getAsLong())), STOP_AT_MOST);
        if (!down) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra is still running after " + command + " (status " + outcome.exitStatus() + " "
                            + outcome.lastLine()
                            + "); no data was changed, check stop_cmd in [cassandra] and restart the node");
        }
    }

    @Override
    public void start() {
        LOG.info("Starting Cassandra");
        ExternalCommand command = new ExternalCommand(startCommand);
        long began = System.nanoTime();
        ExternalCommand.Outcome outcome = command.runUntil(this::nativePortOpen, START_AT_MOST);
        if (outcome.exitStatus() > 0 && !nativePortOpen()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    command + " failed with status " + outcome.exitStatus() + ": " + outcome.lastLine()
                            + "; check start_cmd in [cassandra]");
        }
        Duration left = START_AT_MOST.minusNanos(System.nanoTime() - began);
        if (!await(this::nativePortOpen, left)) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra does not answer on port " + yaml.nativePort() + " " + START_AT_MOST.toMinutes()
                            + " minutes after " + command + "; see its log");
        }
    }

    private boolean portsOpen() {
        return nativePortOpen() || storagePortOpen();
    }

    private static boolean isAlive(long process) {
        return ProcessHandle.of(process).map(ProcessHandle::isAlive).orElse(false);
    }

    private boolean nativePortOpen() {
        return yaml.cqlContacts().stream().anyMatch(host -> Ports.isOpen(host, yaml.nativePort()));
    }

    private boolean storagePortOpen() {
        String host = yaml.storageAddress().orElse("127.0.0.1");
        return Ports.isOpen(host, yaml.storagePort());
    }

    private static boolean await(BooleanSupplier condition, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Failures.pause(Duration.ofMillis(250));
        }
        return true;
    }
}
