package io.medusa.cassandra.process;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.os.SudoRules;
import io.medusa.os.SudoRules.Doubt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether this user may run a command that starts or stops Cassandra, without running it: whether the program exists, whether
 * sudo would run it, and whether there is such a service. Whether polkit permits it is known only once it runs.
 *
 * @param option of {@code [cassandra]} that holds the command
 * @param initScripts directory of the scripts that {@code service} runs
 * @param systemctl program that is asked about services
 * @param sudo asked if the command runs through sudo
 */
record CommandCheck(String option, List<String> words, Path initScripts, String systemctl, SudoRules sudo) {
    private static final Duration AT_MOST = Duration.ofSeconds(20);

    /** Options of systemctl that change neither which systemd is called nor for which services. */
    private static final Set<String> HARMLESS =
            Set.of("--no-block", "--wait", "--quiet", "-q", "--no-ask-password", "--no-pager", "--full", "-l");

    private static final Set<String> VERBS = Set.of("start", "stop", "restart");

    CommandCheck(String option, List<String> words, SudoRules sudo) {
        this(option, words, Path.of("/etc/init.d"), "systemctl", sudo);
    }

    Check look() {
        String subject = "restore: " + option;
        String command = "'" + String.join(" ", words) + "'";
        return doubt().map(doubt -> doubt.isCertain()
                        ? new Check(
                                subject,
                                Outcome.FAILED,
                                option + " in [cassandra] cannot work (" + command + "): " + doubt.why())
                        : new Check(
                                subject,
                                Outcome.WARNING,
                                option + " in [cassandra] possibly does not work (" + command + "): " + doubt.why()))
                .orElseGet(() -> new Check(subject, Outcome.OK, command + " can be run"));
    }

    private Optional<Doubt> doubt() {
        if (words.isEmpty()) {
            return certain("it is empty");
        }
        Optional<Doubt> missing = missing(words.get(0));
        if (missing.isPresent()) {
            return missing;
        }
        if (!name(words.get(0)).equals("sudo")) {
            return noService(words);
        }
        List<String> rest = words.subList(1, words.size());
        Optional<Doubt> bySudo = sudo.doubt(rest);
        Optional<Doubt> byService = noService(withoutOptions(rest));
        return bySudo.filter(Doubt::isCertain).or(() -> byService).or(() -> bySudo);
    }

    private static Optional<Doubt> certain(String why) {
        return Optional.of(new Doubt(true, why));
    }

    private static String name(String program) {
        return String.valueOf(Path.of(program).getFileName());
    }

    private static Optional<Doubt> missing(String program) {
        if (program.contains("/")) {
            Path file = Path.of(program);
            return Files.isRegularFile(file) && Files.isExecutable(file)
                    ? Optional.empty()
                    : certain(
                            Files.exists(file)
                                    ? "user " + System.getProperty("user.name") + " may not run " + file
                                    : file + " does not exist");
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        boolean found = Arrays.stream(path.split(":", -1))
                .map(directory -> Path.of(directory).resolve(program))
                .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
        return found ? Optional.empty() : certain("there is no program " + program + " on the PATH");
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

    /** Certain only if systemd itself does not know the services: {@code service} may be a program of the operator's. */
    private Optional<Doubt> noService(List<String> command) {
        List<String> units = units(command);
        if (units.isEmpty() || units.stream().anyMatch(unit -> Files.exists(initScripts.resolve(unit)))) {
            return Optional.empty();
        }
        List<Optional<String>> states = units.stream().map(this::loadState).toList();
        String none = "there is no service " + String.join(" or ", units) + " on this machine";
        if (states.stream().allMatch(state -> state.filter("not-found"::equals).isPresent())) {
            return certain(none);
        }
        return name(command.get(0)).equals("service")
                        && states.stream().allMatch(Optional::isEmpty)
                        && !Files.isDirectory(Path.of("/run/systemd/system"))
                ? Optional.of(new Doubt(false, none + ", unless its program service knows one"))
                : Optional.empty();
    }

    /** The services that {@code service} or {@code systemctl} is called for; none if that cannot be told. */
    private static List<String> units(List<String> command) {
        if (command.isEmpty()) {
            return List.of();
        }
        String program = name(command.get(0));
        List<String> plain =
                command.stream().filter(word -> !HARMLESS.contains(word)).toList();
        if (plain.size() < 3 || plain.stream().anyMatch(word -> word.startsWith("-") || word.contains("*"))) {
            return List.of();
        }
        return switch (program) {
            case "service" -> List.of(plain.get(1));
            case "systemctl" -> VERBS.contains(plain.get(1)) ? plain.subList(2, plain.size()) : List.of();
            default -> List.of();
        };
    }

    /** What systemd knows of a unit; nothing where it cannot be asked. */
    private Optional<String> loadState(String unit) {
        String property = "LoadState=";
        try {
            ExternalCommand.Outcome shown =
                    new ExternalCommand(List.of(systemctl, "show", "--property=LoadState", unit)).run(AT_MOST);
            return shown.succeeded() && shown.lastLine().startsWith(property)
                    ? Optional.of(shown.lastLine().substring(property.length()))
                    : Optional.empty();
        } catch (MedusaException none) {
            if (none.kind() == FailureKind.INTERRUPTED) {
                throw none;
            }
            return Optional.empty();
        }
    }
}
