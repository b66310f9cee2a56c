package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Nearest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

    /** A wrong command line: what is wrong, then where to look. */
    static int usage(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        String message = message(wrong, command, arguments);
        err.println("Error: " + message);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for help.");
        err.flush();
        if (isJson(Arrays.asList(arguments))) {
            printJson(command, "usage", message, ExitStatus.USAGE.number());
        }
        return ExitStatus.USAGE.number();
    }

    private static String message(ParameterException wrong, CommandLine command, String[] arguments) {
        Optional<String> unknownCommand = unknownCommand(wrong, command);
        if (unknownCommand.isPresent()) {
            return unknownCommand(unknownCommand.get(), command);
        }
        Optional<String> unknownOption = unknownOption(command, arguments);
        if (unknownOption.isPresent()) {
            return "No such option: " + unknownOption.get()
                    + suggestion(
                            unknownOption.get(),
                            command.getCommandSpec().optionsMap().keySet());
        }
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return "Got unexpected extra argument (" + unmatched.getUnmatched().get(0) + ")";
        }
        if (wrong instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()
                && missing.getMissing().get(0) instanceof CommandLine.Model.OptionSpec option) {
            return given(option, arguments)
                    ? "Option '" + option.longestName() + "' requires an argument."
                    : "Missing option '" + option.longestName() + "'.";
        }
        return String.valueOf(wrong.getMessage())
                .replace('\n', ' ')
                .replaceFirst("' is not an? (long|int|short|byte)$", "' is not a whole number")
                .replaceFirst("' is not a (double|float)$", "' is not a number");
    }

    private static boolean given(CommandLine.Model.OptionSpec option, String[] arguments) {
        List<String> names = List.of(option.names());
        return Arrays.stream(arguments).anyMatch(names::contains);
    }

    /** What is said of a word that is no command. */
    static String unknownCommand(String word, CommandLine root) {
        return "No such command '" + word + "'." + suggestion(word, listed(root));
    }

    /** The options after it are those of the command that was meant. */
    private static Optional<String> unknownCommand(ParameterException wrong, CommandLine command) {
        return wrong instanceof UnmatchedArgumentException unmatched
                        && !command.getSubcommands().isEmpty()
                ? unmatched.getUnmatched().stream().findFirst().filter(word -> !word.startsWith("-"))
                : Optional.empty();
    }

    /** Those that people call, in the order of the help. */
    private static List<String> listed(CommandLine command) {
        return command.getSubcommands().entrySet().stream()
                .filter(known ->
                        !known.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A mistyped option is the better explanation for a missing one. */
    private static Optional<String> unknownOption(CommandLine command, String[] arguments) {
        return Arrays.stream(arguments)
                .takeWhile(word -> !word.equals("--"))
                .filter(word -> word.startsWith("--"))
                .map(word -> word.replaceFirst("=.*", ""))
                .filter(word -> !command.getCommandSpec().optionsMap().containsKey(word)
                        && !command.getCommandSpec().negatedOptionsMap().containsKey(word))
                .findFirst();
    }

    private static String suggestion(String typo, Collection<String> words) {
        return Nearest.word(typo, words)
                .map(word -> " Did you mean " + word + "?")
                .orElse("");
    }

    /** A command that failed: a line for what was expected to be possible, a stack trace for a bug. */
    static int execution(Exception failure, CommandLine command, ParseResult result) {
        if (failure instanceof ParameterException wrong) {
            return usage(wrong, result.originalArgs().toArray(String[]::new));
        }
        int status = failure instanceof MedusaException expected
                ? ExitStatus.of(expected.kind(), command.getCommandName()).number()
                : ExitStatus.FAILED.number();
        String message = message(failure, command.getCommand());
        if (failure instanceof MedusaException expected) {
            LOG.error("{}", message, expected);
        } else {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            LOG.error("Internal error, please report it: {}", trace);
        }
        if (isJson(result.originalArgs())) {
            String kind = failure instanceof MedusaException expected
                    ? expected.kind().name().toLowerCase(Locale.ROOT)
                    : "internal";
            printJson(command, kind, message, status);
        }
        return status;
    }

    private static String message(Exception failure, Object command) {
        String message = String.valueOf(failure.getMessage());
        boolean interrupted = failure instanceof MedusaException expected && expected.kind() == FailureKind.INTERRUPTED;
        return interrupted && command instanceof Interruptible left
                ? left.afterInterrupt().map(hint -> message + ". " + hint).orElse(message)
                : message;
    }

    /** Whether the words ask for JSON; the last one counts. */
    private static boolean isJson(List<String> words) {
        boolean json = false;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String next = i + 1 < words.size() ? words.get(i + 1) : "";
            if (word.equals("--output") || word.equals("-o")) {
                json = next.equals("json");
            } else if (word.startsWith("--output=")) {
                json = word.equals("--output=json");
            }
        }
        return json;
    }

    /** Whoever reads JSON on stdout gets it there, too. */
    private static void printJson(CommandLine command, String kind, String message, int status) {
        Map<String, Object> error = new TreeMap<>();
        error.put("kind", kind);
        error.put("message", message);
        error.put("exit_status", status);
        command.getOut().print(Json.document(Map.of("error", error)) + "\n");
        command.getOut().flush();
    }
}
