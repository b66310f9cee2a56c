package io.medusa.remote;

import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a command reaches a shell on another host (docs/compatibility.md 13): as it is, or through the login user's shell, with sudo or
 * without.
 *
 * @param sudo whether the shell runs as root
 * @param login whether it is a login shell, which reads the profile
 */
public record Shell(boolean sudo, boolean login) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    /** The text to send. */
    public String wrap(String command) {
        if (!sudo && !login) {
            return command;
        }
        return (sudo ? "sudo -S " : "") + "$SHELL " + (login ? "-cl " : "-c ") + always(command);
    }

    /** One word of a command line, whatever is in it. */
    public static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : always(word);
    }

    /** Words of a command line. */
    public static String quoted(Collection<String> words) {
        return words.stream().map(Shell::quoted).collect(Collectors.joining(" "));
    }

    private static String always(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
