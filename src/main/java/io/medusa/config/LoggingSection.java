package io.medusa.config;

import java.nio.file.Path;

/** {@code [logging]}: its options and how they are read. */
final class LoggingSection {
    static final Section SECTION = new Section("logging");

    static final Option<Boolean> ENABLED = SECTION.option("enabled", OptionType.BOOL, "false", "Also log to a file.");

    static final Option<Path> FILE = SECTION.option("file", OptionType.PATH, "medusa.log", "The log file.");

    static final Option<String> LEVEL = SECTION.option(
            "level", OptionType.TEXT, "INFO", "Log level of the file: DEBUG, INFO, WARNING, ERROR or CRITICAL.");

    static final Option<String> FORMAT = SECTION.option(
            "format",
            OptionType.TEXT,
            "[%(asctime)s] %(levelname)s: %(message)s",
            "Format of its lines, in Python's percent style.");

    static final Option<Integer> MAX_BYTES =
            SECTION.option("maxBytes", OptionType.INTEGER, "20000000", "Size in bytes at which it is rotated.");

    static final Option<Integer> BACKUP_COUNT =
            SECTION.option("backupCount", OptionType.INTEGER, "50", "Number of rotated files to keep.");

    private LoggingSection() {}

    static MedusaConfig.Logging read(Values values) {
        return new MedusaConfig.Logging(
                values.get(ENABLED),
                values.get(FILE),
                values.get(LEVEL),
                values.get(FORMAT),
                values.get(MAX_BYTES),
                values.get(BACKUP_COUNT));
    }
}
