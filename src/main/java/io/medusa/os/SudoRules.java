package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Asks sudo what it would run for this user, without running it. */
public final class SudoRules {
    /** Options of sudo that say how a command is run, not as whom; {@code sudo -l} refuses them. */
    private static final Set<String> HOW = Set.of(
            "-n",
            "-E",
            "-H",
            "-S",
            "-b",
            "-i",
            "-s",
            "--",
            "--non-interactive",
            "--set-home",
            "--stdin",
            "--background");

    private SudoRules() {}

    /**
     * Why sudo would not run a command without a password; empty if it would.
     *
     * @param words the command with the options of sudo, but without {@code sudo}
     */
    public static Optional<String> refusal(List<String> words) {
        if (isRoot()) {
            return Optional.empty();
        }
        if (cannotGainPrivileges()) {
            return Optional.of("sudo cannot work here, since this process runs with no-new-privileges: set"
                    + " NoNewPrivileges=no in its systemd unit, or allowPrivilegeEscalation in its container");
        }
        List<String> rest = new ArrayList<>(words);
        while (!rest.isEmpty() && (HOW.contains(rest.get(0)) || rest.get(0).startsWith("--preserve-env"))) {
            rest.remove(0);
        }
        Answer permitted = ask(rest);
        String text = String.join(" ", rest);
        if (permitted.status() == 0) {
            // it is also listed if it needs a password
            return SudoListing.asksForPassword(
                            ask(List.of()).output(), permitted.output().strip())
                    ? Optional.of("sudo asks user " + user() + " for a password to run " + text
                            + ": add NOPASSWD to the" + " rule in sudoers")
                    : Optional.empty();
        }
        if (permitted.output().contains("usage:")) {
            // an option that cannot be asked about
            return Optional.empty();
        }
        return Optional.of("sudo does not let user " + user() + " run " + text + " without a password"
                + permitted
                        .output()
                        .strip()
                        .lines()
                        .findFirst()
                        .map(line -> " (" + line + ")")
                        .orElse("")
                + ": allow it in sudoers with NOPASSWD");
    }

    private static String user() {
        return System.getProperty("user.name", "");
    }

    private static boolean isRoot() {
        return user().equals("root");
    }

    /** Whether this process and its children can never change their user, as systemd's {@code NoNewPrivileges} has it. */
    private static boolean cannotGainPrivileges() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .anyMatch(line -> line.startsWith("NoNewPrivs:") && line.endsWith("1"));
        } catch (IOException noLinux) {
            return false;
        }
    }

    private record Answer(int status, String output) {}

    private static Answer ask(List<String> words) {
        List<String> command = new ArrayList<>(List.of("sudo", "-n", "-l"));
        command.addAll(words);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(process.waitFor(), output);
        } catch (IOException failed) {
            throw new MedusaException(FailureKind.LOCAL_FILE, "sudo cannot be run: is it installed?", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }
}
