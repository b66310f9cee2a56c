package io.medusa.cli;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cli.terminal.Console;
import io.medusa.error.MedusaException;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line as a whole: the tree of commands, and the options that all of them take. */
@Command(
        name = "medusa",
        description = "Back up and restore Apache Cassandra.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        sortOptions = false,
        optionListHeading = "%nGlobal options:%n",
        footer = {"%nRun 'medusa COMMAND --help' for the options, examples and exit statuses of a command."},
        subcommands = {
            BackupCommand.class,
            BackupClusterCommand.class,
            ListBackupsCommand.class,
            ShowCommand.class,
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
            ConfigCommand.class,
            ReportCommand.class,
            ServerCommand.class,
            HealthCommand.class,
            RestorePodCommand.class,
            HelpCommand.class,
            VersionCommand.class
        })
public final class MedusaCommand implements Runnable, Session.Owner {
    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    GlobalOptions options = new GlobalOptions();

    private final Session session;

    /** For a process whose input and outputs are no terminals. */
    public MedusaCommand(Map<String, String> environment) {
        this(environment, Console.none(), null);
    }

    /**
     * With options that are still to be parsed.
     *
     * @param console what the process is connected to
     * @param node to back up instead of the one that the configuration describes; {@code null} for that one
     */
    public MedusaCommand(Map<String, String> environment, Console console, @Nullable Supplier<CassandraNode> node) {
        this.session = new Session(options, environment, console, node);
    }

    /** The command line object, ready to execute. */
    public CommandLine commandLine() {
        CommandLine root = new CommandLine(this)
                .setOverwrittenOptionsAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setCaseInsensitiveEnumValuesAllowed(false)
                .setUnmatchedArgumentsAllowed(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Errors::usage)
                .setExecutionStrategy(MedusaCommand::execute)
                .setExecutionExceptionHandler(Errors::execution);
        if (!Console.canRedraw(session.environment())) {
            root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        }
        HelpPage.layOut(root);
        return root;
    }

    private static int execute(CommandLine.ParseResult result) {
        Integer help = CommandLine.executeHelpRequest(result);
        if (help == null) {
            return new CommandLine.RunLast().execute(result);
        }
        for (CommandLine command : result.asCommandLineList()) {
            try {
                StandardOutput.check(command.getOut());
            } catch (MedusaException lost) {
                command.getErr().println("Error: " + lost.getMessage());
                command.getErr().flush();
                return ExitStatus.FAILED.number();
            }
        }
        return help;
    }

    @Override
    public void run() {
        CommandSpec own = Objects.requireNonNull(spec);
        if (own.commandLine().getParseResult().originalArgs().isEmpty()) {
            own.commandLine().usage(own.commandLine().getOut());
            StandardOutput.check(own.commandLine().getOut());
            return;
        }
        throw new CommandLine.ParameterException(own.commandLine(), "Missing command.");
    }

    @Override
    public Session session() {
        return session;
    }

    /** The options that stand for configuration keys, by {@code section.option}. */
    Map<String, String> overrides() {
        return options.overrides();
    }
}
