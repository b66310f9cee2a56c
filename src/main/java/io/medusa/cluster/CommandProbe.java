package io.medusa.cluster;

import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import java.util.List;
import java.util.Optional;

/**
 * Tells whether a host certainly would not run a command that starts or stops Cassandra, without running it: the program does not exist, or
 * sudo does not permit it. A program that only stands in for sudo might run what it is asked about, so sudo is asked about the command
 * only after it has listed the user's rules.
 *
 * @param option of {@code [cassandra]} that holds the command
 */
record CommandProbe(String option, List<String> words) {
    private static final String SUDO = "sudo";

    /** A line for the host's shell. */
    String line() {
        if (words.isEmpty()) {
            return "false";
        }
        String program = words.get(0);
        String exists = "command -v " + Shell.quoted(program) + " >/dev/null 2>&1 || exit 3";
        // with options before the command, sudo -l is asked for something else
        return program.equals(SUDO) && words.size() > 1 && !words.get(1).startsWith("-")
                ? exists
                        + "; LC_ALL=C sudo -n -l 2>/dev/null | grep -q 'may run the following commands' || exit 0; sudo -n -l "
                        + Shell.quoted(words.subList(1, words.size())) + " >/dev/null 2>&1"
                : exists;
    }

    /** Why the host would not run it. */
    Optional<String> problem(CommandResult result) {
        if (result.isSuccess()) {
            return Optional.empty();
        }
        if (result.exitStatus().isEmpty()) {
            return Optional.of(result.errors());
        }
        String why = words.isEmpty()
                ? "it is empty"
                : result.exitStatus().getAsInt() == 3
                        ? "there is no program " + words.get(0)
                        : "sudo does not permit it";
        return Optional.of(option + " in [cassandra] cannot work there ('" + String.join(" ", words) + "'): " + why);
    }
}
