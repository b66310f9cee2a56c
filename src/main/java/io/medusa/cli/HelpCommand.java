package io.medusa.cli;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code medusa help [COMMAND]}: what many people try first. */
@Command(name = "help", description = "Print the help of Medusa or of a command; the same as --help.", hidden = true)
final class HelpCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "COMMAND", arity = "0..1", description = "The command (default: all).")
    @Nullable
    String command;

    @Override
    public void run() {
        CommandLine own = Objects.requireNonNull(spec).commandLine();
        CommandLine root = own.getParent();
        CommandLine asked = command == null
                ? root
                : Optional.ofNullable(root.getSubcommands().get(command))
                        .orElseThrow(() -> new CommandLine.ParameterException(
                                root, Errors.unknownCommand(Objects.requireNonNull(command), root)));
        asked.usage(own.getOut());
        StandardOutput.check(own.getOut());
    }
}
