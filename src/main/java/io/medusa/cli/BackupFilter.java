package io.medusa.cli;

import io.medusa.catalog.BackupState;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that select backups from a list. */
final class BackupFilter {
    private static final Pattern AGE = Pattern.compile("([0-9]{1,6})([mhdw])");

    @Option(names = "--last", paramLabel = "N", description = "List only the newest N of the selected backups.")
    @Nullable
    Integer last;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "List backups started at or after TIME: 2026-11-28, '2026-11-28 02:00' (local time), or an age such "
                            + "as 12h, 7d or 2w.")
    @Nullable
    String since;

    @Option(names = "--until", paramLabel = "TIME", description = "List backups started before TIME.")
    @Nullable
    String until;

    @Option(names = "--node", paramLabel = "NODE", description = "List backups that include NODE (fqdn).")
    @Nullable
    String node;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            description =
                    "List backups in these states: running, waiting, failed, died, incomplete, partial, damaged, finished.")
    List<String> states = new ArrayList<>();

    @Option(
            names = "--name",
            paramLabel = "PATTERN",
            description = "List backups whose name matches; * and ? are wildcards.")
    @Nullable
    String name;

    /** Whether the name of a node was given, so that backups without this node count, too. */
    boolean namesNode() {
        return node != null;
    }

    /** Whether the state of backups must be known. */
    boolean needsStates() {
        return !states.isEmpty();
    }

    /** What can be told from names, times and nodes, by start. */
    List<ClusterBackup> select(List<ClusterBackup> backups, Instant now) {
        Optional<Instant> from = Optional.ofNullable(since).map(text -> time("--since", text, now));
        Optional<Instant> to = Optional.ofNullable(until).map(text -> time("--until", text, now));
        Optional<Pattern> pattern = Optional.ofNullable(name).map(BackupFilter::glob);
        List<ClusterBackup> included = node == null ? backups : ListBackups.including(new NodeName(node), backups);
        return included.stream()
                .filter(backup -> from.isEmpty() || !backup.started().isBefore(from.get()))
                .filter(backup -> to.isEmpty() || backup.started().isBefore(to.get()))
                .filter(backup -> pattern.isEmpty()
                        || pattern.get().matcher(backup.name().value()).matches())
                .toList();
    }

    /** The newest of a list by start, if their number is limited. */
    <T> List<T> newest(List<T> byStart) {
        if (last == null) {
            return byStart;
        }
        if (last < 1) {
            throw new IllegalArgumentException("--last must be at least 1");
        }
        return byStart.subList(Math.max(0, byStart.size() - last), byStart.size());
    }

    /** Those in the given states. */
    List<BackupSummary> inStates(List<BackupSummary> backups, Function<BackupSummary, BackupState> stateOf) {
        if (states.isEmpty()) {
            return backups;
        }
        List<BackupState> wanted = states.stream().map(BackupFilter::state).toList();
        return backups.stream()
                .filter(backup -> wanted.contains(stateOf.apply(backup)))
                .toList();
    }

    private static BackupState state(String word) {
        return Arrays.stream(BackupState.values())
                .filter(state -> state.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--state " + word + ": must be one of "
                        + Arrays.stream(BackupState.values())
                                .map(BackupState::word)
                                .collect(Collectors.joining(", "))));
    }

    private static Pattern glob(String text) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            pattern.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(pattern.toString());
    }

    /** A local date, with or without a time of day, an instant with its zone, or an age. */
    static Instant time(String option, String text, Instant now) {
        Matcher age = AGE.matcher(text);
        if (age.matches()) {
            long number = Long.parseLong(age.group(1));
            return now.minus(
                    switch (age.group(2)) {
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        case "d" -> Duration.ofDays(number);
                        default -> Duration.ofDays(7 * number);
                    });
        }
        String iso = text.strip().toUpperCase(Locale.ROOT).replace(' ', 'T');
        try {
            if (iso.endsWith("Z")) {
                return Instant.parse(iso);
            }
            return (iso.contains("T")
                            ? LocalDateTime.parse(iso)
                            : LocalDate.parse(iso).atStartOfDay())
                    .atZone(ZoneId.systemDefault())
                    .toInstant();
        } catch (DateTimeException none) {
            throw new IllegalArgumentException(option + " " + text
                    + ": must be a date (2026-11-28), a local time ('2026-11-28 02:00') or an age (12h, 7d, 2w)");
        }
    }
}
