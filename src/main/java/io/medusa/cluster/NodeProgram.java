package io.medusa.cluster;

import io.medusa.remote.Shell;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Builds command lines of the program on a node (docs/compatibility.md 12, 15). Every word is quoted; none is a secret.
 *
 * @param configFile the configuration file on every node, if this program was called with one
 * @param globalOptions global options besides the configuration file: the overrides on this command line
 * @param sudo whether it runs as root
 */
public record NodeProgram(Optional<Path> configFile, List<String> globalOptions, boolean sudo) {
    public NodeProgram {
        globalOptions = List.copyOf(globalOptions);
    }

    /**
     * A command line.
     *
     * @param more further global options of this call
     * @param words the command and its options
     */
    String line(List<String> more, List<String> words) {
        List<String> all = new ArrayList<>();
        if (sudo) {
            all.add("sudo");
        }
        all.add("medusa");
        configFile.ifPresent(file -> all.addAll(List.of("--config-file", file.toString())));
        all.addAll(globalOptions);
        all.addAll(more);
        all.addAll(words);
        return Shell.quoted(all);
    }

    /** A command line without further global options. */
    String line(String... words) {
        return line(List.of(), Arrays.asList(words));
    }
}
