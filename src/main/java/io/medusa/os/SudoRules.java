package io.medusa.os;

import io.medusa.error.Failures;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks sudo what it would run for this user, without running it. A program that only stands in for sudo might run what it is asked
 * about, so commands are asked about only after sudo has listed this user's rules. Not thread-safe.
 */
public final class SudoRules {
    /** Options of sudo that say how a command is run, not as whom; {@code sudo -l} refuses them. */
    private static final Set<String> HOW =
            Set.of("-n", "-E", "-H", "-S", "-b", "--", "--non-interactive", "--set-home", "--stdin", "--background");

    private static final String LISTED = "may run the following commands";
    private static final String NOTHING_ALLOWED = "is not allowed to run sudo";

    private static final int NOT_RUN = -1;

    private final String program;
    private final String user;
    private @Nullable Answer listing;

    /** Of the sudo on the PATH, for this user. */
    public SudoRules() {
        this("sudo");
    }

    /** @param program sudo, possibly with its path */
    public SudoRules(String program) {
        this(program, System.getProperty("user.name", ""));
    }

    /** @param user the name of the user that this process runs as */
    public SudoRules(String program, String user) {
        this.program = program;
        this.user = user;
    }

    /**
     * A reason to expect that sudo does not run a command.
     *
     * @param isCertain whether it will certainly not, rather than possibly
     */
    public record Doubt(boolean isCertain, String why) {}

    /**
     * Why sudo might not run a command without a password; empty if nothing speaks against it.
     *
     * @param words the command with the options of sudo, but without {@code sudo}
     */
    public Optional<Doubt> doubt(List<String> words) {
        if (user.equals("root")) {
            return Optional.empty();
        }
        return listing().isListing() ? doubtOfCommand(words) : Optional.of(doubtOfListing());
    }

    private Answer listing() {
        if (listing == null) {
            listing = ask(List.of());
        }
        return listing;
    }

    private Doubt doubtOfListing() {
        if (listing().status() == NOT_RUN) {
            return new Doubt(true, "sudo cannot be run: is it installed?");
        }
        String output = listing().output();
        if (output.contains("no new privileges") || output.contains("effective uid is not 0")) {
            return new Doubt(
                    true,
                    "sudo cannot work here, since this process runs with no-new-privileges: set NoNewPrivileges=no in its"
                            + " systemd unit, or allowPrivilegeEscalation in its container");
        }
        return output.contains(NOTHING_ALLOWED)
                ? new Doubt(true, "sudo does not let user " + user + " run anything: allow it in sudoers with NOPASSWD")
                : new Doubt(
                        false,
                        "sudo does not tell what it would run for user " + user + " without a password"
                                + listing().firstLine());
    }

    private Optional<Doubt> doubtOfCommand(List<String> words) {
        List<String> rest = new ArrayList<>(words);
        while (!rest.isEmpty() && (HOW.contains(rest.get(0)) || rest.get(0).startsWith("--preserve-env"))) {
            rest.remove(0);
        }
        String text = String.join(" ", rest);
        Answer permitted = ask(rest);
        if (permitted.status() == 0) {
            // it is also listed if it needs a password; other settings of sudo may still do without one
            return SudoListing.asksForPassword(
                            listing().output(), permitted.output().strip())
                    ? Optional.of(new Doubt(
                            false,
                            "sudo possibly asks user " + user + " for a password to run " + text
                                    + ": add NOPASSWD to the rule in sudoers"))
                    : Optional.empty();
        }
        // sudo says nothing if its rules forbid the command; with further options, such as -i, another command is run
        boolean isForbidden = permitted.status() == 1
                && permitted.output().isBlank()
                && !rest.isEmpty()
                && !rest.get(0).startsWith("-");
        boolean isMissing = permitted.output().contains(": command not found");
        return Optional.of(new Doubt(
                isForbidden || isMissing,
                "sudo does not let user " + user + " run " + text + permitted.firstLine()
                        + ": allow it in sudoers with NOPASSWD"));
    }

    private record Answer(int status, String output) {
        boolean isListing() {
            return status == 0 && output.contains(LISTED);
        }

        /** In parentheses, after a space; empty if nothing was printed. */
        String firstLine() {
            return output.strip()
                    .lines()
                    .findFirst()
                    .map(line -> " (" + line + ")")
                    .orElse("");
        }
    }

    private Answer ask(List<String> words) {
        List<String> command = new ArrayList<>(List.of(program, "-n", "-l"));
        command.addAll(words);
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Redirect.from(new File("/dev/null")));
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(process.waitFor(), output);
        } catch (IOException failed) {
            return new Answer(NOT_RUN, String.valueOf(failed.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }
}
