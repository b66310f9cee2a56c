package io.medusa.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code [hooks]}: its options and how they are read. */
final class HooksSection {
    static final Section SECTION = new Section("hooks");

    static final Option<List<String>> BEFORE_BACKUP = program(
            "before_backup", "Program to run before a backup. If it fails, the backup is refused.", "healthchecks");

    static final Option<List<String>> AFTER_BACKUP =
            program("after_backup", "Program to run after a backup that has finished.", "healthchecks");

    static final Option<List<String>> BEFORE_RESTORE =
            program("before_restore", "Program to run before a restore. If it fails, the restore is refused.", "slack");

    static final Option<List<String>> AFTER_RESTORE =
            program("after_restore", "Program to run after a restore that has finished.", "slack");

    static final Option<List<String>> ON_FAILURE = program(
            "on_failure",
            "Program to run after a backup, restore, verification or purge that has failed.",
            "pagerduty");

    static final Option<List<String>> ON_VERIFY_FINDING = program(
            "on_verify_finding", "Program to run after a verification that has found problems.", "alertmanager");

    static final Option<Integer> TIMEOUT = SECTION.option(
            "timeout",
            OptionType.atLeast(1, "write a number of seconds from 1"),
            "60",
            "Seconds after which a program of this section is terminated, and has failed.");

    private HooksSection() {}

    static MedusaConfig.Hooks read(Values values) {
        Map<String, List<String>> programs = new HashMap<>();
        SECTION.options().stream()
                .filter(option -> option.type().equals(OptionType.WORDS) && values.isSet(option))
                .forEach(option -> programs.put(option.name(), values.parse(option, OptionType.WORDS)));
        return new MedusaConfig.Hooks(programs, Duration.ofSeconds(values.get(TIMEOUT)));
    }

    private static Option<List<String>> program(String name, String help, String example) {
        return SECTION.option(
                name,
                OptionType.WORDS,
                null,
                help + " Split into words as a shell would.",
                "/etc/medusa/hooks/" + example);
    }
}
