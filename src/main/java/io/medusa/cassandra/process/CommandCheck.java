package io.medusa.cassandra.process;

import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.os.SudoRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tells whether this user may run a command that starts or stops Cassandra, without stopping anything: whether the program exists,
 * whether sudo would run it, and whether there is such a service.
 *
 * @param option of {@code [cassandra]} that holds the command
 * @param initScripts directory of the scripts that {@code service} runs
 */
record CommandCheck(String option, List<String> words, Path initScripts) {
    private static final Duration AT_MOST = Duration.ofSeconds(20);

    CommandCheck(String option, List<String> words) {
        this(option, words, Path.of("/etc/init.d"));
    }

    Check look() {
        String subject = "restore: " + option;
        try {
            return problem()
                    .map(problem -> new Check(
                            subject,
                            Outcome.FAILED,
                            option + " in [cassandra] cannot work ('" + String.join(" ", words) + "'): " + problem))
                    .orElseGet(() -> new Check(subject, Outcome.OK, "'" + String.join(" ", words) + "' can be run"));
        } catch (MedusaException failed) {
            return new Check(subject, Outcome.FAILED, option + " in [cassandra]: " + failed.getMessage());
        }
    }

    private Optional<String> problem() {
        if (words.isEmpty()) {
            return Optional.of("it is empty");
        }
        Optional<String> missing = missing(words.get(0));
        if (missing.isPresent() || !isSudo()) {
            return missing.or(() -> noService(words)).or(this::notAuthorized);
        }
        List<String> rest = words.subList(1, words.size());
        return SudoRules.refusal(rest).or(() -> noService(withoutOptions(rest)));
    }

    private boolean isSudo() {
        return name(words.get(0)).equals("sudo");
    }

    private static String name(String program) {
        return String.valueOf(Path.of(program).getFileName());
    }

    private static Optional<String> missing(String program) {
        if (program.contains("/")) {
            Path file = Path.of(program);
            return Files.isRegularFile(file) && Files.isExecutable(file)
                    ? Optional.empty()
                    : Optional.of(
                            Files.exists(file)
                                    ? "user " + System.getProperty("user.name") + " may not run " + file
                                    : file + " does not exist");
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        boolean found = Arrays.stream(path.split(":", -1))
                .map(directory -> Path.of(directory).resolve(program))
                .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
        return found ? Optional.empty() : Optional.of("there is no program " + program + " on the PATH");
    }

    /** Options of sudo before a command; those that have a value of their own are followed by it. */
    private static List<String> withoutOptions(List<String> words) {
        int at = 0;
        while (at < words.size()
                && (words.get(at).startsWith("-") || words.get(at).contains("="))) {
            at += List.of("-u", "-g", "-p", "-C", "-D", "-h", "-r", "-t", "-U").contains(words.get(at)) ? 2 : 1;
        }
        return words.subList(Math.min(at, words.size()), words.size());
    }

    private Optional<String> noService(List<String> command) {
        Optional<String> unit = unit(command);
        if (unit.isEmpty() || Files.exists(initScripts.resolve(unit.get()))) {
            return Optional.empty();
        }
        Optional<String> state = shown(unit.get(), "LoadState");
        boolean absent = state.isPresent() ? state.get().equals("not-found") : isService(command) && isWithoutSystemd();
        return absent ? Optional.of("there is no service " + unit.get() + " on this machine") : Optional.empty();
    }

    private static boolean isService(List<String> command) {
        return name(command.get(0)).equals("service");
    }

    private static boolean isWithoutSystemd() {
        return !Files.isDirectory(Path.of("/run/systemd/system"));
    }

    /** The service that {@code service} or {@code systemctl} is called for. */
    private static Optional<String> unit(List<String> command) {
        if (command.isEmpty()) {
            return Optional.empty();
        }
        List<String> plain =
                command.stream().filter(word -> !word.startsWith("-")).toList();
        if (isService(command)) {
            return plain.size() < 2 ? Optional.empty() : Optional.of(plain.get(1));
        }
        return name(command.get(0)).equals("systemctl") && plain.size() > 2
                ? Optional.of(plain.get(plain.size() - 1))
                : Optional.empty();
    }

    /** A property of a unit; nothing where systemd cannot be asked. */
    private static Optional<String> shown(String unit, String property) {
        try {
            ExternalCommand.Outcome shown =
                    new ExternalCommand(List.of("systemctl", "show", "--property=" + property, unit)).run(AT_MOST);
            return shown.succeeded() && shown.lastLine().startsWith(property + "=")
                    ? Optional.of(shown.lastLine().substring(property.length() + 1))
                    : Optional.empty();
        } catch (MedusaException none) {
            return Optional.empty();
        }
    }

    /**
     * Why systemd would not let this user start the service. Starting a service that runs changes nothing, but needs the same
     * authorization.
     */
    private Optional<String> notAuthorized() {
        boolean tried = name(words.get(0)).equals("systemctl")
                && words.contains("start")
                && !System.getProperty("user.name", "").equals("root")
                && unit(words)
                        .flatMap(unit -> shown(unit, "ActiveState"))
                        .filter("active"::equals)
                        .isPresent();
        if (!tried) {
            return Optional.empty();
        }
        List<String> command = new java.util.ArrayList<>(words);
        command.add(1, "--no-ask-password");
        ExternalCommand.Outcome outcome = new ExternalCommand(command).run(AT_MOST);
        return outcome.succeeded()
                ? Optional.empty()
                : Optional.of("systemd does not let user " + System.getProperty("user.name") + " do that ("
                        + outcome.lastLine()
                        + "): allow it with a polkit rule, such as share/polkit/medusa.rules of Medusa's distribution, or"
                        + " use sudo");
    }
}
