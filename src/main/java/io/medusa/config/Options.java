package io.medusa.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All options that a configuration file may hold (docs/compatibility.md 2.3). */
public final class Options {
    /** Every option, by section. */
    public static final List<Option<?>> ALL = Stream.of(
                    StorageOptions.SECTION,
                    CassandraSection.SECTION,
                    SshSection.SECTION,
                    ChecksSection.SECTION,
                    MonitoringSection.SECTION,
                    LoggingSection.SECTION,
                    GrpcSection.SECTION,
                    KubernetesSection.SECTION,
                    HooksSection.SECTION)
            .<Option<?>>flatMap(section -> section.options().stream())
            .toList();

    private Options() {}

    /** The sections, in the order of the reference. */
    public static List<String> sections() {
        return ALL.stream().map(Option::section).distinct().toList();
    }

    /** The options of one section. */
    public static List<Option<?>> of(String section) {
        return ALL.stream().filter(option -> option.section().equals(section)).toList();
    }

    /** The option of that section and name, which is in lower case. */
    public static Optional<Option<?>> find(String section, String name) {
        return of(section).stream()
                .filter(option -> option.lookupName().equals(name))
                .findFirst();
    }
}
