package io.medusa.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that every command takes, before or after its name. */
final class GlobalOptions {
    @Option(
            names = {"-v", "--verbosity"},
            scope = ScopeType.INHERIT,
            description =
                    "Increase log verbosity: -v for each step and its time, -vv for debugging and stack traces, -vvv for "
                            + "libraries, too.")
    boolean @Nullable [] verbosity;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Log warnings and errors only, and show no progress.")
    boolean quiet;

    @Option(
            names = "--no-progress",
            scope = ScopeType.INHERIT,
            description = "Show no progress, neither on a terminal nor in the log.")
    boolean noProgress;

    @Option(names = "--without-log-timestamp", scope = ScopeType.INHERIT, description = "Omit the time from log lines.")
    boolean withoutLogTimestamp;

    @Option(
            names = "--config-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Read this configuration file (default: /etc/medusa/medusa.ini).")
    @Nullable
    Path configFile;

    @Option(
            names = "--bucket-name",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Override bucket_name in [storage].")
    @Nullable
    String bucketName;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Override key_file in [storage].")
    @Nullable
    String keyFile;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            scope = ScopeType.INHERIT,
            description = "Override prefix in [storage].")
    @Nullable
    String prefix;

    @Option(
            names = "--fqdn",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Override fqdn in [storage]: the node's name in the bucket.")
    @Nullable
    String fqdn;

    @Option(
            names = "--backup-grace-period-in-days",
            paramLabel = "DAYS",
            scope = ScopeType.INHERIT,
            description = "Override backup_grace_period_in_days in [storage].")
    @Nullable
    String gracePeriod;

    @Option(
            names = "--ssh-username",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Override username in [ssh].")
    @Nullable
    String sshUsername;

    @Option(
            names = "--ssh-key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Override key_file in [ssh].")
    @Nullable
    String sshKeyFile;

    @Option(names = "--version", versionHelp = true, description = "Print the version and exit.")
    boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print this help and exit.")
    boolean help;

    /** Whether progress is not shown. */
    boolean withoutProgress() {
        return quiet || noProgress;
    }

    /** How often {@code -v} was given; -1 for {@code -q}. */
    int verbosity() {
        if (verbosity == null) {
            return quiet ? -1 : 0;
        }
        return verbosity.length;
    }

    /** The configuration file that this command line names, if it does. */
    Optional<Path> configFile() {
        return Optional.ofNullable(configFile);
    }

    /** The options that stand for configuration keys, by {@code section.option}. */
    Map<String, String> overrides() {
        Map<String, String> overrides = new LinkedHashMap<>();
        put(overrides, "storage.bucket_name", bucketName);
        put(overrides, "storage.key_file", keyFile);
        put(overrides, "storage.prefix", prefix);
        put(overrides, "storage.fqdn", fqdn);
        put(overrides, "storage.backup_grace_period_in_days", gracePeriod);
        put(overrides, "ssh.username", sshUsername);
        put(overrides, "ssh.key_file", sshKeyFile);
        return overrides;
    }

    private static void put(Map<String, String> overrides, String option, @Nullable String value) {
        if (value != null) {
            overrides.put(option, value);
        }
    }

    /** The words of this command line that also apply to other nodes. */
    List<String> forwarded() {
        List<String> words = new ArrayList<>();
        add(words, "--bucket-name", bucketName);
        add(words, "--key-file", keyFile);
        add(words, "--prefix", prefix);
        add(words, "--backup-grace-period-in-days", gracePeriod);
        return words;
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }
}
