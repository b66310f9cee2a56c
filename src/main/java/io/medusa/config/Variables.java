package io.medusa.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The environment's variables of options: {@code MEDUSA_STORAGE_BUCKET_NAME} is {@code bucket_name} in {@code [storage]}. */
final class Variables {
    /**
     * Those that Kubernetes sets in every pod for a Service called, for example, {@code medusa-grpc}: {@code MEDUSA_GRPC_PORT},
     * {@code MEDUSA_GRPC_SERVICE_HOST}, {@code MEDUSA_GRPC_PORT_50051_TCP_ADDR}.
     */
    private static final Pattern OF_SERVICE =
            Pattern.compile(".*_SERVICE_(HOST|PORT(_.*)?)|.*_PORT_[0-9]+_(TCP|UDP|SCTP)(_.*)?");

    private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    private Variables() {}

    /**
     * One of them.
     *
     * @param option in lower case; it may be unknown
     */
    record Variable(String name, String section, String option, String value) {}

    /** All of them, by name. One that is empty is as good as none, since templates leave such variables. */
    static List<Variable> of(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty()
                        && !OF_SERVICE.matcher(entry.getKey()).matches()
                        && !(entry.getKey().endsWith("_PORT")
                                && ADDRESS.matcher(entry.getValue()).matches()))
                .sorted(Map.Entry.comparingByKey())
                .flatMap(entry -> of(entry.getKey(), entry.getValue()).stream())
                .toList();
    }

    private static Optional<Variable> of(String name, String value) {
        return Options.sections().stream()
                .filter(section -> name.startsWith(prefix(section))
                        && name.length() > prefix(section).length())
                .map(section -> new Variable(
                        name, section, name.substring(prefix(section).length()).toLowerCase(Locale.ROOT), value))
                .findFirst();
    }

    private static String prefix(String section) {
        return "MEDUSA_" + section.toUpperCase(Locale.ROOT) + "_";
    }
}
