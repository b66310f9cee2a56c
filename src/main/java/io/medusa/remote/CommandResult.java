package io.medusa.remote;

import java.util.List;
import java.util.OptionalInt;

/**
 * What came of a command on another host.
 *
 * @param exitStatus nothing if the command could not be run or its end was not seen
 * @param output the end of what it printed on stdout, bounded
 * @param errors the same for stderr; without an exit status the one line that says why
 * @param wasSent whether the command may have run: not if there never was a connection
 */
public record CommandResult(OptionalInt exitStatus, String output, String errors, boolean wasSent) {
    /** A command that ended. */
    public static CommandResult ended(int exitStatus, String output, String errors) {
        return new CommandResult(OptionalInt.of(exitStatus), output, errors, true);
    }

    /** A host that could not be reached. */
    public static CommandResult unreachable(String why) {
        return new CommandResult(OptionalInt.empty(), "", why, false);
    }

    /** A connection that was lost while the command ran. */
    public static CommandResult lost(String why) {
        return new CommandResult(OptionalInt.empty(), "", why, true);
    }

    /** Whether the command ended with status 0. */
    public boolean isSuccess() {
        return exitStatus.orElse(-1) == 0;
    }

    /** The lines of stderr that are not empty, the last lines last. */
    public List<String> errorLines() {
        return errors.lines().filter(line -> !line.isBlank()).toList();
    }
}
