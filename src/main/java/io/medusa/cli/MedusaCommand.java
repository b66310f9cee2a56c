package io.medusa.cli;

import io.medusa.app.Logs;
import io.medusa.app.Medusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.config.ConfigReader;
import io.medusa.config.MedusaConfig;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line as a whole: the options that every command takes, and how a command gets its parts. */
@Command(
        name = "medusa",
        description = "Backs up and restores Apache Cassandra.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        sortOptions = false,
        subcommands = {
            BackupCommand.class,
            BackupClusterCommand.class,
            ListBackupsCommand.class,
            StatusCommand.class,
            VerifyCommand.class,
            DownloadCommand.class,
            RestoreNodeCommand.class,
            RestoreTableCommand.class,
            RestoreClusterCommand.class,
            ImportSSTablesCommand.class,
            FetchTokenMapCommand.class,
            ReportLastBackupCommand.class,
            LastCompleteCommand.class,
            BuildIndexCommand.class,
            PurgeCommand.class,
            DeleteBackupCommand.class,
            PurgeDecommissionedCommand.class,
            PinCommand.class,
            UnpinCommand.class,
            TakeSnapshotCommand.class,
            ClearSnapshotsCommand.class,
            ClearUploadsCommand.class,
            DoctorCommand.class,
            ReportCommand.class,
            ServerCommand.class,
            HealthCommand.class,
            RestorePodCommand.class
        })
public final class MedusaCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = {"-v", "--verbosity"},
            scope = ScopeType.INHERIT,
            description = "Say more; repeat for everything.")
    boolean @Nullable [] verbosity;

    @Option(names = "--without-log-timestamp", scope = ScopeType.INHERIT, description = "Log lines without time.")
    boolean withoutLogTimestamp;

    @Option(
            names = "--config-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Configuration instead of /etc/medusa/medusa.ini.")
    @Nullable
    Path configFile;

    @Option(
            names = "--bucket-name",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Instead of bucket_name in [storage].")
    @Nullable
    String bucketName;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Instead of key_file in [storage].")
    @Nullable
    String keyFile;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            scope = ScopeType.INHERIT,
            description = "Instead of prefix in [storage].")
    @Nullable
    String prefix;

    @Option(
            names = "--fqdn",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Instead of fqdn in [storage].")
    @Nullable
    String fqdn;

    @Option(
            names = "--backup-grace-period-in-days",
            paramLabel = "DAYS",
            scope = ScopeType.INHERIT,
            description = "Instead of backup_grace_period_in_days in [storage].")
    @Nullable
    String gracePeriod;

    @Option(
            names = "--ssh-username",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Instead of username in [ssh].")
    @Nullable
    String sshUsername;

    @Option(
            names = "--ssh-key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Instead of key_file in [ssh].")
    @Nullable
    String sshKeyFile;

    @Option(names = "--version", versionHelp = true, description = "Print the version and exit.")
    boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print this help and exit.")
    boolean help;

    private final Map<String, String> environment;
    private final boolean terminal;
    private final @Nullable Supplier<CassandraNode> node;

    /** Whether logging is set up: once, since a service opens the program for each request, and several at a time. */
    private final AtomicBoolean logging = new AtomicBoolean();

    /** When the configuration was last changed as far as it has been read, in milliseconds since the epoch. */
    private volatile long configSeen;

    /** With the environment and the terminal of this process. */
    public MedusaCommand() {
        this(System.getenv(), Boolean.getBoolean("medusa.terminal"));
    }

    /** @param terminal whether stderr is one, so that a progress bar makes sense */
    public MedusaCommand(Map<String, String> environment, boolean terminal) {
        this(environment, terminal, null);
    }

    /** @param node to back up instead of the one that the configuration describes; {@code null} for that one */
    public MedusaCommand(Map<String, String> environment, boolean terminal, @Nullable Supplier<CassandraNode> node) {
        this.environment = environment;
        this.terminal = terminal;
        this.node = node;
    }

    /** The command line object, ready to execute. */
    public CommandLine commandLine() {
        return new CommandLine(this)
                .setOverwrittenOptionsAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setCaseInsensitiveEnumValuesAllowed(false)
                .setUnmatchedArgumentsAllowed(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Errors::usage)
                .setExecutionExceptionHandler(Errors::execution);
    }

    @Override
    public void run() {
        CommandSpec own = java.util.Objects.requireNonNull(spec);
        if (own.commandLine().getParseResult().originalArgs().isEmpty()) {
            own.commandLine().usage(own.commandLine().getOut());
            return;
        }
        throw new CommandLine.ParameterException(own.commandLine(), "Missing command.");
    }

    /** Reads the configuration, sets up logging, and puts the program together; the caller closes it. */
    Medusa open() {
        return open(UnaryOperator.identity());
    }

    /** @param shown what is shown the progress, made from what is by itself */
    Medusa open(UnaryOperator<Progress> shown) {
        boolean first = !logging.getAndSet(true);
        if (first) {
            Logs.console(verbosity == null ? 0 : verbosity.length, !withoutLogTimestamp);
        }
        configSeen = configTouched();
        ConfigReader reader = new ConfigReader(environment);
        MedusaConfig config = reader.read(Optional.ofNullable(configFile), overrides());
        if (first) {
            Logs.file(config.logging());
            reader.warnings().forEach(warning -> LoggerFactory.getLogger(MedusaCommand.class)
                    .warn("{}", warning));
        }
        return new Medusa(config, environment, shown.apply(progress()), node, this::limitNow);
    }

    private long configTouched() {
        return Optional.ofNullable(configFile)
                .orElse(ConfigReader.DEFAULT_FILE)
                .toFile()
                .lastModified();
    }

    /** What the configuration says now, if somebody has touched it; what cannot be read any more changes nothing. */
    private Optional<MedusaConfig.Storage> limitNow() {
        long touched = configTouched();
        if (touched == configSeen) {
            return Optional.empty();
        }
        configSeen = touched;
        try {
            return Optional.of(new ConfigReader(environment)
                    .read(Optional.ofNullable(configFile), overrides())
                    .storage());
        } catch (MedusaException halfWritten) {
            return Optional.empty();
        }
    }

    /** The variables of this process. */
    Map<String, String> environment() {
        return environment;
    }

    boolean isTerminal() {
        return terminal;
    }

    private Progress progress() {
        return terminal ? new TerminalProgress() : new LoggedProgress();
    }

    /** The options that stand for configuration keys, by {@code section.option}. */
    Map<String, String> overrides() {
        Map<String, String> overrides = new LinkedHashMap<>();
        put(overrides, "storage.bucket_name", bucketName);
        put(overrides, "storage.key_file", keyFile);
        put(overrides, "storage.prefix", prefix);
        put(overrides, "storage.fqdn", fqdn);
        put(overrides, "storage.backup_grace_period_in_days", gracePeriod);
        put(overrides, "ssh.username", sshUsername);
        put(overrides, "ssh.key_file", sshKeyFile);
        return overrides;
    }

    private static void put(Map<String, String> overrides, String option, @Nullable String value) {
        if (value != null) {
            overrides.put(option, value);
        }
    }

    /** The configuration that this command line names, if it does. */
    Optional<Path> configFile() {
        return Optional.ofNullable(configFile);
    }

    /** What of this command line holds for other nodes, too. */
    List<String> forwarded() {
        List<String> words = new ArrayList<>();
        add(words, "--bucket-name", bucketName);
        add(words, "--key-file", keyFile);
        add(words, "--prefix", prefix);
        add(words, "--backup-grace-period-in-days", gracePeriod);
        return words;
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }

    /** The names of all commands, aliases included. */
    static List<String> commandNames(CommandLine root) {
        return new ArrayList<>(root.getSubcommands().keySet());
    }

    static PrintWriter out(CommandSpec spec) {
        return spec.commandLine().getOut();
    }
}
