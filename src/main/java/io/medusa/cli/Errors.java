package io.medusa.cli;

import io.medusa.error.MedusaException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** How a command that cannot be run, or fails, ends: one line on stderr and an exit status. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

    private Errors() {}

    /** A wrong command line: how to use it, then what is wrong. */
    static int usage(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.print("Usage: " + command.getHelp().synopsis("Usage: ".length()));
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for help.");
        err.println();
        err.println("Error: " + message(wrong, command));
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String message(ParameterException wrong, CommandLine command) {
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            String suggestion = suggestion(unmatched);
            if (word.startsWith("-")) {
                return "No such option: " + word + suggestion;
            }
            return command.getSubcommands().isEmpty()
                    ? "Got unexpected extra argument (" + word + ")"
                    : "No such command '" + word + "'." + suggestion;
        }
        if (wrong instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()
                && missing.getMissing().get(0) instanceof CommandLine.Model.OptionSpec option) {
            return "Missing option '" + option.longestName() + "'.";
        }
        return String.valueOf(wrong.getMessage()).replace('\n', ' ');
    }

    private static String suggestion(UnmatchedArgumentException unmatched) {
        List<String> suggestions = unmatched.getSuggestions().stream()
                .flatMap(words -> Arrays.stream(words.split(" ", -1)))
                .limit(1)
                .toList();
        return suggestions.isEmpty() ? "" : " Did you mean " + suggestions.get(0) + "?";
    }

    /** A command that failed: a line for what was expected to be possible, a stack trace for a bug. */
    static int execution(Exception failure, CommandLine command, ParseResult result) {
        if (failure instanceof MedusaException expected) {
            LOG.error("{}", expected.getMessage(), expected);
            return expected.kind().exitStatus();
        }
        if (failure instanceof ParameterException wrong) {
            return usage(wrong, new String[0]);
        }
        LOG.error("This is a bug: {}", failure.toString());
        failure.printStackTrace(command.getErr());
        command.getErr().flush();
        return CommandLine.ExitCode.SOFTWARE;
    }
}
