package io.medusa.cli;

import io.medusa.app.Logs;
import io.medusa.app.Medusa;
import io.medusa.app.SharedMedusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cli.terminal.Console;
import io.medusa.cli.terminal.LoggedClusterView;
import io.medusa.cli.terminal.LoggedSteps;
import io.medusa.cluster.ClusterView;
import io.medusa.config.ConfigReader;
import io.medusa.config.ConfigVersion;
import io.medusa.config.MedusaConfig;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.transfer.Progress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** One call of the program: its environment, its global options, and how a command gets the program put together for it. */
final class Session {
    private final GlobalOptions options;
    private final Map<String, String> environment;
    private final Console console;
    private final @Nullable Supplier<CassandraNode> node;

    /** Whether logging is set up: once, since a service opens the program again when the configuration changes. */
    private final AtomicBoolean logging = new AtomicBoolean();

    /**
     * With options that are still to be parsed.
     *
     * @param console what the process is connected to
     * @param node to back up instead of the one that the configuration describes; {@code null} for that one
     */
    Session(
            GlobalOptions options,
            Map<String, String> environment,
            Console console,
            @Nullable Supplier<CassandraNode> node) {
        this.options = options;
        this.environment = environment;
        this.console = console;
        this.node = node;
    }

    /** What a command finds its session by: the command above it. */
    interface Owner {
        /** The session of this command line. */
        Session session();
    }

    /** Reads the configuration, sets up logging, and puts the program together; the caller closes it. */
    Medusa open() {
        return version().medusa();
    }

    /** For a service: the program is put together once for each version of the configuration. The caller closes it. */
    SharedMedusa shared() {
        return new SharedMedusa(this::version, this::progress);
    }

    private SharedMedusa.Version version() {
        boolean first = !logging.getAndSet(true);
        if (first) {
            Logs.console(options.verbosity(), !options.withoutLogTimestamp);
        }
        ConfigReader reader = new ConfigReader(environment);
        MedusaConfig config = reader.read(options.configFile(), options.overrides());
        if (first) {
            Logs.file(config.logging());
            reader.warnings()
                    .forEach(warning -> LoggerFactory.getLogger(Session.class).warn("{}", warning));
        }
        ConfigVersion version = reader.version();
        return new SharedMedusa.Version(
                new Medusa(config, environment, progress(), node, new Reread(version)::storage),
                () -> version.isCurrent() && isStillNamed(config.storage().fqdn()));
    }

    /** Whether this node still has its name, which the resolver may answer differently although no file has changed. */
    private boolean isStillNamed(NodeName name) {
        return new ConfigReader(environment)
                .withoutCommands()
                .read(options.configFile(), options.overrides())
                .storage()
                .fqdn()
                .equals(name);
    }

    private Progress progress() {
        return (options.withoutProgress() ? Progress.NONE : console.progress()).and(new LoggedSteps());
    }

    /** What the configuration says now, for who works by an older version. */
    private final class Reread {
        private ConfigVersion seen;
        private Optional<MedusaConfig.Storage> now = Optional.empty();

        private Reread(ConfigVersion opened) {
            seen = opened;
        }

        /** Nothing if nobody has changed it. A file that cannot be read any more changes nothing. */
        private synchronized Optional<MedusaConfig.Storage> storage() {
            if (seen.isCurrent()) {
                return now;
            }
            ConfigReader reader = new ConfigReader(environment);
            try {
                now = Optional.of(
                        reader.read(options.configFile(), options.overrides()).storage());
            } catch (MedusaException halfWritten) {
                LoggerFactory.getLogger(Session.class).debug("", halfWritten);
            }
            seen = reader.version();
            return now;
        }
    }

    /** The options of this command line that every command takes. */
    GlobalOptions options() {
        return options;
    }

    /** The variables of this process. */
    Map<String, String> environment() {
        return environment;
    }

    /** How what many nodes do is shown here. */
    ClusterView clusterView() {
        return options.withoutProgress() ? new LoggedClusterView(false) : console.clusterView();
    }

    /** Whether results are printed to a terminal, for people. */
    boolean printsToTerminal() {
        return console.printsToTerminal();
    }

    /** Whether somebody is there to answer a question. */
    boolean canAsk() {
        return console.asks();
    }

    /** What is typed in answer to questions. */
    Answers answers() {
        return new Answers(console);
    }
}
