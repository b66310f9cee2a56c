package io.medusa.cassandra.process;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeControl;
import io.medusa.cassandra.NodeMemory;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.TableName;
import io.medusa.os.Ports;
import io.medusa.os.Processes;
import io.medusa.os.Processes.Running;
import io.medusa.os.SudoRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Controls the node through its start and stop commands, its ports and its process. */
public final class LocalCassandraService implements CassandraService {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCassandraService.class);

    /** The names of threads that run during a JVM's shutdown since Java 11, including Cassandra's own hook. */
    private static final Set<String> ENDING =
            Set.of("SIGTERM handler", "SIGINT handler", "SIGHUP handler", "StorageServiceS");

    private final CassandraYaml yaml;
    private final List<String> startCommand;
    private final List<String> stopCommand;
    private final NodeControl control;
    private final CassandraProcesses processes;
    private final Limits limits;

    /**
     * Timeouts.
     *
     * @param stopUnheard for a process that shows no sign of shutting down after the stop command has ended, and for a stop command
     *     that is still running after the process has ended
     * @param stop for a process that is shutting down
     * @param start for the node to answer
     * @param startGone for a supervisor to restart a process that ended while it was starting
     * @param report between two log lines about a wait
     */
    public record Limits(Duration stopUnheard, Duration stop, Duration start, Duration startGone, Duration report) {
        /** The timeouts of a restore. */
        public static final Limits DEFAULT = new Limits(
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                Duration.ofMinutes(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(15));
    }

    /**
     * Runs nothing before the first call.
     *
     * @param sudoAllowed whether sudo may be used to see the open files of another user's process
     */
    public LocalCassandraService(
            CassandraYaml yaml,
            List<String> startCommand,
            List<String> stopCommand,
            NodeControl control,
            boolean sudoAllowed,
            Limits limits) {
        this.yaml = yaml;
        this.startCommand = List.copyOf(startCommand);
        this.stopCommand = List.copyOf(stopCommand);
        this.control = control;
        this.processes = new CassandraProcesses(yaml, sudoAllowed);
        this.limits = limits;
    }

    @Override
    public Optional<Locations> locations() {
        return control.locations();
    }

    @Override
    public Optional<Identity> identity() {
        return control.identity();
    }

    @Override
    public Optional<Path> storageDirectory() {
        return control.locations().flatMap(Locations::storage).or(() -> processes
                .node()
                .flatMap(process -> process.property("cassandra.storagedir"))
                .map(Path::of)
                .filter(Path::isAbsolute));
    }

    @Override
    public boolean isDrained() {
        return control.isDrained();
    }

    @Override
    public Optional<String> user(Collection<Path> directories) {
        return processes.using(directories).map(LocalCassandraService::describe);
    }

    private static String describe(Running process) {
        String program = CassandraProcesses.isCassandra(process)
                ? "Cassandra"
                : process.arguments().isEmpty()
                        ? "?"
                        : process.arguments().get(0).replaceFirst("^.*/", "");
        return "process " + process.pid() + " (" + program + ")";
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
        return portsOpen()
                || control.processId().isPresent()
                || processes.node().isPresent();
    }

    @Override
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        SudoRules sudo = new SudoRules();
        Check start = new CommandCheck("start_cmd", startCommand, sudo).look();
        if (isUp()) {
            checks.add(new CommandCheck("stop_cmd", stopCommand, sudo).look());
            checks.add(start);
            checks.add(jmx());
        } else {
            checks.add(start);
        }
        if (process().isEmpty() && portsOpen()) {
            checks.add(new Check(
                    "restore: ports",
                    Outcome.WARNING,
                    "a port of Cassandra is open, but no process of this node's Cassandra is found: if another program"
                            + " uses the port, stop it"));
        }
        return checks;
    }

    private Check jmx() {
        return control.processId().isPresent()
                ? new Check("restore: JMX", Outcome.OK, "answers")
                : new Check(
                        "restore: JMX",
                        Outcome.WARNING,
                        "does not answer; single tables cannot be restored, and a whole node is stopped without being"
                                + " drained: check the nodetool_ options in [cassandra]");
    }

    @Override
    public void drain() {
        control.drain();
    }

    /** The node's process, as it reports it or as the system shows it. */
    private OptionalLong process() {
        OptionalLong told = control.processId();
        if (told.isPresent()) {
            return told;
        }
        return processes.node().map(node -> OptionalLong.of(node.pid())).orElse(OptionalLong.empty());
    }

    @Override
    public void stop() {
        OptionalLong process = process();
        boolean drained = process.isPresent() && control.isDrained();
        LOG.info("Stopping Cassandra");
        ExternalCommand command = new ExternalCommand(stopCommand);
        try {
            ExternalCommand.Outcome outcome = runStop(command, process);
            if (outcome.exitStatus() >= 0 && !outcome.succeeded()) {
                LOG.info("{} ended with status {}: {}", command, outcome.exitStatus(), outcome.lastLine());
            }
            awaitEnd(process, drained, command, outcome);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw new MedusaException(failed.kind(), interruptedWhileStopping(process, drained), failed);
            }
            throw failed;
        }
    }

    /**
     * Runs it until it ends or is terminated: it must never stop a Cassandra that is started later. It may hang like the node, or
     * after the node has ended.
     */
    private ExternalCommand.Outcome runStop(ExternalCommand command, OptionalLong process) {
        long began = System.nanoTime();
        Wait wait = new Wait(limits.report());
        AtomicLong endedAt = new AtomicLong();
        ExternalCommand.Outcome outcome = command.runOrTerminate(
                () -> {
                    long now = System.nanoTime();
                    boolean ended = hasEnded(process);
                    endedAt.set(!ended ? 0 : endedAt.get() == 0 ? now : endedAt.get());
                    wait.report(() -> "Waiting for " + command + " to end, for "
                            + Duration.ofNanos(now - began).toSeconds() + " s; Cassandra" + id(process)
                            + (ended ? " has ended" : " still runs"));
                    return ended && now - endedAt.get() > limits.stopUnheard().toNanos();
                },
                limits.stop());
        if (outcome.exitStatus() < 0 && endedAt.get() != 0) {
            LOG.warn(
                    "Terminated {}, which was still running after Cassandra had ended; check stop_cmd in [cassandra]",
                    command);
        }
        return outcome;
    }

    private boolean hasEnded(OptionalLong process) {
        return !isAlive(process) && processes.node().isEmpty() && !portsOpen();
    }

    private boolean isAlive(OptionalLong process) {
        return process.isPresent() ? Processes.isAlive(process.getAsLong()) : portsOpen();
    }

    private void awaitEnd(
            OptionalLong process, boolean drained, ExternalCommand command, ExternalCommand.Outcome outcome) {
        long began = System.nanoTime();
        Wait wait = new Wait(limits.report());
        while (true) {
            if (!isAlive(process)) {
                // a supervisor may have restarted it, or the process may have been unknown
                Optional<Running> other = processes.node();
                if (other.isEmpty() && !portsOpen()) {
                    return;
                }
                process = other.map(node -> OptionalLong.of(node.pid())).orElse(process);
            }
            Duration waited = Duration.ofNanos(System.nanoTime() - began);
            Duration atMost = isEnding(process) ? limits.stop() : limits.stopUnheard();
            if (waited.compareTo(atMost) > 0) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "Cassandra still runs" + id(process) + (drained ? ", drained: it serves no clients" : "") + ". "
                                + command
                                + (outcome.exitStatus() < 0
                                        ? " did not end within " + limits.stop().toSeconds() + " s and was terminated"
                                        : " ended with status " + outcome.exitStatus())
                                + (outcome.lastLine().isEmpty() ? "" : " (" + outcome.lastLine() + ")")
                                + (outcome.exitStatus() < 0 ? "" : " but did not stop it")
                                + ". No data was changed. Restart Cassandra, and set stop_cmd in"
                                + " [cassandra] to a command that stops it");
            }
            OptionalLong now = process;
            wait.report(() -> "Waiting for Cassandra to stop" + id(now) + ": " + waited.toSeconds() + " s since "
                    + command + " ended");
            Failures.pause(Duration.ofMillis(250));
        }
    }

    /** Whether the process is shutting down; assumed if its threads have no names. */
    private static boolean isEnding(OptionalLong process) {
        if (process.isEmpty()) {
            return false;
        }
        Set<String> threads = Processes.threads(process.getAsLong());
        return threads.stream().anyMatch(ENDING::contains) || threads.equals(Set.of("java"));
    }

    private String interruptedWhileStopping(OptionalLong process, boolean drained) {
        if (!isAlive(process)) {
            return "interrupted after Cassandra was stopped: it is down, and no data was changed. Run the same command"
                    + " again, or start Cassandra";
        }
        return "interrupted while waiting for Cassandra to stop: it still runs" + id(process)
                + (drained ? ", drained: it serves no clients until it is restarted" : "")
                + ". No data was changed. Restart Cassandra, and check stop_cmd in [cassandra] if it does not stop";
    }

    private static String id(OptionalLong process) {
        return process.isPresent() ? " (process " + process.getAsLong() + ")" : "";
    }

    @Override
    public void start() {
        Optional<Running> already = processes.using(yaml.allDataDirectories());
        if (already.isPresent()) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "Cassandra was not started: " + describe(already.get()) + " uses " + yaml.allDataDirectories()
                            + " already, and a second one would damage them. Stop it, and whatever starts it by itself, and run"
                            + " the same command again");
        }
        LOG.info("Starting Cassandra");
        ExternalCommand command = new ExternalCommand(startCommand);
        Starting starting = new Starting(command);
        ExternalCommand.Outcome outcome = command.runUntil(starting::isOver, limits.start());
        if (outcome.exitStatus() > 0 && !nativePortOpen()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    command + " failed with status " + outcome.exitStatus() + ": " + outcome.lastLine()
                            + "; check start_cmd in [cassandra]");
        }
        while (!starting.isOver()) {
            Failures.pause(Duration.ofMillis(250));
        }
    }

    /** The wait for a starting node. */
    private final class Starting {
        private final ExternalCommand command;
        private final long began = System.nanoTime();
        private final Wait wait = new Wait(limits.report());
        private Optional<Running> seen = Optional.empty();
        private long goneSince;

        Starting(ExternalCommand command) {
            this.command = command;
        }

        /**
         * Whether the node answers.
         *
         * @throws MedusaException if it will not
         */
        boolean isOver() {
            if (nativePortOpen()) {
                return true;
            }
            long now = System.nanoTime();
            Duration waited = Duration.ofNanos(now - began);
            if (waited.compareTo(limits.start()) > 0) {
                throw failed(
                        "does not answer on port " + yaml.nativePort() + " "
                                + limits.start().toMinutes() + " minutes after " + command,
                        log().flatMap(CassandraLog::lastLine));
            }
            look(now);
            wait.report(() -> "Waiting for Cassandra to answer on port " + yaml.nativePort() + ", " + waited.toSeconds()
                    + " s after " + command + (seen.isEmpty() ? "; no process of it was seen yet" : "")
                    + log().flatMap(CassandraLog::lastLine)
                            .map(line -> "; its log: " + line)
                            .orElse(""));
            return false;
        }

        private void look(long now) {
            if (seen.isPresent() && Processes.isAlive(seen.get().pid())) {
                goneSince = 0;
                return;
            }
            Optional<Running> process = processes.node();
            if (process.isPresent()) {
                seen = process;
                goneSince = 0;
            } else if (seen.isPresent() && goneSince == 0) {
                goneSince = now;
            } else if (seen.isPresent() && now - goneSince > limits.startGone().toNanos()) {
                throw failed(
                        "ended while it started (process " + seen.get().pid() + ")",
                        log().flatMap(CassandraLog::lastError));
            }
        }

        private MedusaException failed(String how, Optional<String> line) {
            return new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra " + how + line.map(text -> ": " + text).orElse("") + ". See "
                            + log().map(log -> log.file().toString()).orElse("its log"));
        }

        private Optional<CassandraLog> log() {
            return seen.flatMap(process -> process.property("cassandra.logdir"))
                    .map(Path::of)
                    .or(() -> NodeMemory.of(yaml)
                            .flatMap(NodeMemory::read)
                            .flatMap(remembered -> remembered.identity().logDirectory()))
                    .map(CassandraLog::in);
        }
    }

    private boolean portsOpen() {
        return nativePortOpen() || storagePortOpen();
    }

    private boolean nativePortOpen() {
        return yaml.cqlContacts().stream().anyMatch(host -> Ports.isOpen(host, yaml.nativePort()));
    }

    private boolean storagePortOpen() {
        String host = yaml.storageAddress().orElse("127.0.0.1");
        return Ports.isOpen(host, yaml.storagePort());
    }
}
