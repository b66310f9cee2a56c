package io.medusa.cli;

import io.medusa.app.Logs;
import io.medusa.app.Medusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.config.ConfigReader;
import io.medusa.config.MedusaConfig;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Progress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** One call of the program: its environment, its global options, and how a command gets the program put together for it. */
final class Session {
    private final GlobalOptions options;
    private final Map<String, String> environment;
    private final boolean terminal;
    private final @Nullable Supplier<CassandraNode> node;

    /** Whether logging is set up: once, since a service opens the program for each request, and several at a time. */
    private final AtomicBoolean logging = new AtomicBoolean();

    /** When the configuration file was last changed as far as it has been read, in milliseconds since the epoch. */
    private volatile long configSeen;

    /**
     * With options that are still to be parsed.
     *
     * @param terminal whether stderr is one, so that a progress bar makes sense
     * @param node to back up instead of the one that the configuration describes; {@code null} for that one
     */
    Session(
            GlobalOptions options,
            Map<String, String> environment,
            boolean terminal,
            @Nullable Supplier<CassandraNode> node) {
        this.options = options;
        this.environment = environment;
        this.terminal = terminal;
        this.node = node;
    }

    /** What a command finds its session by: the command above it. */
    interface Owner {
        /** The session of this command line. */
        Session session();
    }

    /** Reads the configuration, sets up logging, and puts the program together; the caller closes it. */
    Medusa open() {
        return open(UnaryOperator.identity());
    }

    /** @param shown what is shown the progress, made from what would be by itself */
    Medusa open(UnaryOperator<Progress> shown) {
        boolean first = !logging.getAndSet(true);
        if (first) {
            Logs.console(options.verbosity(), !options.withoutLogTimestamp);
        }
        configSeen = configTouched();
        ConfigReader reader = new ConfigReader(environment);
        MedusaConfig config = reader.read(options.configFile(), options.overrides());
        if (first) {
            Logs.file(config.logging());
            reader.warnings()
                    .forEach(warning -> LoggerFactory.getLogger(Session.class).warn("{}", warning));
        }
        Progress progress = terminal ? new TerminalProgress() : new LoggedProgress();
        return new Medusa(config, environment, shown.apply(progress), node, this::limitNow);
    }

    private long configTouched() {
        return options.configFile().orElse(ConfigReader.DEFAULT_FILE).toFile().lastModified();
    }

    /** What the configuration says now, if somebody has changed it; a file that cannot be read any more changes nothing. */
    private Optional<MedusaConfig.Storage> limitNow() {
        long touched = configTouched();
        if (touched == configSeen) {
            return Optional.empty();
        }
        configSeen = touched;
        try {
            return Optional.of(new ConfigReader(environment)
                    .read(options.configFile(), options.overrides())
                    .storage());
        } catch (MedusaException halfWritten) {
            return Optional.empty();
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

    /** Whether somebody may be watching. */
    boolean isTerminal() {
        return terminal;
    }
}
