package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Nearest;
import io.medusa.model.NodeName;
import io.medusa.model.Secret;
import io.medusa.model.TableScope;
import io.medusa.os.HostNames;
import io.medusa.os.PodNames;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Lays the sources of configuration over each other (docs/compatibility.md 2.2): defaults, file, command line, environment, secrets
 * directories, host name.
 */
public final class ConfigReader {
    /** What looks like a rule of retention; one that is misspelt must not be passed over. */
    private static final Pattern RETENTION = Pattern.compile("^(keep_|max_backup|backup_grace)");

    /** The file that is read when the command line names none. */
    public static final Path DEFAULT_FILE = Path.of("/etc/medusa/medusa.ini");

    private final Map<String, String> environment;
    private final List<String> warnings = new ArrayList<>();

    /** @param environment the process's environment variables */
    public ConfigReader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** What the last {@link #read} found odd but not fatal, one line each. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /**
     * Reads everything.
     *
     * @param file named on the command line, if one was
     * @param overrides from the command line, by {@code section.option}
     */
    public MedusaConfig read(Optional<Path> file, Map<String, String> overrides) {
        Values values = new Values();
        apply(parse(file.orElse(DEFAULT_FILE), file.isPresent()), values);
        overrides.forEach((option, value) -> {
            int dot = option.indexOf('.');
            values.set(option.substring(0, dot), option.substring(dot + 1), value);
        });
        applyEnvironment(values);
        applySecrets(values, "cql_k8s_secrets_path", "cql");
        applySecrets(values, "nodetool_k8s_secrets_path", "nodetool");
        return toConfig(values);
    }

    private IniFile parse(Path file, boolean named) {
        try {
            return IniFile.parse(file.toString(), Files.readAllLines(file));
        } catch (NoSuchFileException absent) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    named
                            ? "config file " + file + " does not exist"
                            : "no config file: write " + DEFAULT_FILE + " or name one with --config-file",
                    absent);
        } catch (CharacterCodingException notText) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE, "config file " + file + " is not UTF-8 text", notText);
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "config file " + file + " cannot be read by user " + System.getProperty("user.name")
                            + (Files.isDirectory(file) ? ": it is a directory" : "; check its permissions"),
                    failed);
        }
    }

    private void apply(IniFile ini, Values values) {
        Map<String, IniFile.Entry> defaults = ini.sections().getOrDefault(IniFile.DEFAULTS, Map.of());
        // they stand in for options that have no default of their own
        KnownOption.ALL.stream()
                .filter(option -> option.fallback() == null && defaults.containsKey(option.lookupName()))
                .forEach(option -> values.set(
                        option.section(),
                        option.name(),
                        Objects.requireNonNull(defaults.get(option.lookupName()))
                                .value()));
        ini.sections().forEach((section, options) -> {
            if (section.equals(IniFile.DEFAULTS)) {
                return;
            }
            if (!KnownOption.sections().contains(section)) {
                throw new MedusaException(
                        FailureKind.CONFIG_UNREADABLE,
                        "config section [" + section + "] is unknown"
                                + didYouMean(Nearest.word(section, KnownOption.sections()), "[", "]"));
            }
            options.forEach((option, entry) -> {
                values.set(section, option, entry.value());
                if (KnownOption.find(section, option).isEmpty()) {
                    if (section.equals("storage") && RETENTION.matcher(option).find()) {
                        throw new MedusaException(
                                FailureKind.CONFIG_UNREADABLE,
                                unknownOption(
                                        section,
                                        option,
                                        entry.line(),
                                        ", and without it purge would delete what it is to keep"));
                    }
                    warnings.add(unknownOption(section, option, entry.line(), " and ignored"));
                }
            });
        });
    }

    private static String unknownOption(String section, String option, int line, String consequence) {
        List<String> names = KnownOption.ALL.stream()
                .filter(known -> known.section().equals(section))
                .map(KnownOption::name)
                .toList();
        Optional<String> elsewhere = KnownOption.ALL.stream()
                .filter(known -> known.lookupName().equals(option))
                .map(KnownOption::section)
                .findFirst();
        String hint = elsewhere.isPresent()
                ? "; it belongs into [" + elsewhere.get() + "]"
                : didYouMean(Nearest.word(option, names), "'", "'");
        return "config option '" + option + "' in [" + section + "], line " + line + ", is unknown" + consequence
                + hint;
    }

    private static String didYouMean(Optional<String> word, String open, String close) {
        return word.map(found -> "; did you mean " + open + found + close + "?").orElse("");
    }

    private void applyEnvironment(Values values) {
        for (String option : List.of("cql_username", "cql_password")) {
            String variable = option.toUpperCase(Locale.ROOT);
            String value = environment.get(variable);
            if (value != null) {
                warnings.add("the environment variable " + variable + " is deprecated: use MEDUSA_" + variable);
                values.set("cassandra", option, value);
            }
        }
        for (String option : List.of(
                "cql_username",
                "cql_password",
                "nodetool_username",
                "nodetool_password",
                "sstableloader_tspw",
                "sstableloader_kspw",
                "resolve_ip_addresses",
                "cql_k8s_secrets_path",
                "nodetool_k8s_secrets_path")) {
            String value = environment.get("MEDUSA_" + option.toUpperCase(Locale.ROOT));
            if (value != null) {
                values.set("cassandra", option, value);
            }
        }
    }

    private static void applySecrets(Values values, String pathOption, String target) {
        values.nonEmpty("cassandra", pathOption).ifPresent(directory -> {
            for (String name : List.of("username", "password")) {
                Path file = Path.of(directory, name);
                try {
                    values.set(
                            "cassandra",
                            target + "_" + name,
                            Files.readString(file).strip());
                } catch (IOException failed) {
                    throw new MedusaException(
                            FailureKind.CONFIG_UNREADABLE,
                            "secrets file " + file + " (" + pathOption + " in [cassandra]) cannot be read",
                            failed);
                }
            }
        });
    }

    private MedusaConfig toConfig(Values values) {
        ServiceOptions services = new ServiceOptions(values, environment, warnings);
        // first: others follow from it
        MedusaConfig.Kubernetes kubernetes = services.kubernetes();
        return new MedusaConfig(
                storage(values),
                cassandra(values),
                ssh(values),
                new MedusaConfig.Checks(
                        oneOf(values, "checks", "health_check", List.of("cql", "thrift", "all")),
                        values.text("checks", "query").orElse(""),
                        values.integer("checks", "expected_rows"),
                        values.text("checks", "expected_result").orElse(""),
                        values.bool("checks", "enable_md5_checks")),
                services.monitoring(),
                logging(values),
                services.grpc(),
                kubernetes);
    }

    static String oneOf(Values values, String section, String option, List<String> allowed) {
        String value = values.text(section, option).orElse("");
        if (!allowed.contains(value)) {
            throw values.bad(section, option, "write one of " + String.join(", ", allowed));
        }
        return value;
    }

    private MedusaConfig.Storage storage(Values values) {
        String provider = required(values, "storage_provider").toLowerCase(Locale.ROOT);
        String bucket = required(values, "bucket_name");
        noSlash("bucket_name", bucket);
        String prefix = values.text("storage", "prefix").orElse("");
        noSlash("prefix", prefix);
        if (prefix.length() == 1) {
            // every other reader of such a file and bucket does the same
            warnings.add("prefix in [storage] is ignored: it takes at least two characters");
            prefix = "";
        }
        for (String size : List.of("multi_part_upload_threshold", "multipart_chunksize")) {
            values.size("storage", size);
        }
        return new MedusaConfig.Storage(
                new StorageTargets(values, environment, warnings).read(provider, bucket),
                prefix,
                nodeName(values),
                concurrency(values),
                bandwidth(values, provider),
                values.nonEmpty("storage", "finish_by").map(text -> time(text)
                        .orElseThrow(() -> values.bad("storage", "finish_by", "write a time such as 05:30"))),
                values.bool("storage", "use_sudo_for_restore"),
                scope(values),
                values.text("storage", "host_file_separator")
                        .filter(text -> !text.isEmpty())
                        .orElse(","),
                new MedusaConfig.Retention(
                        notNegative(values, "max_backup_age"),
                        notNegative(values, "max_backup_count"),
                        notNegative(values, "backup_grace_period_in_days"),
                        notNegative(values, "keep_hourly"),
                        notNegative(values, "keep_daily"),
                        notNegative(values, "keep_weekly"),
                        notNegative(values, "keep_monthly"),
                        notNegative(values, "keep_yearly")));
    }

    private static int notNegative(Values values, String option) {
        int number = values.integer("storage", option);
        if (number < 0) {
            throw values.bad("storage", option, "it must not be less than 0");
        }
        return number;
    }

    private static TableScope scope(Values values) {
        List<String> patterns = new ArrayList<>();
        for (String option : List.of("backup_keyspaces", "backup_tables")) {
            for (String pattern : values.text("storage", option).orElse("").split(",", -1)) {
                if (pattern.isBlank()) {
                    continue;
                }
                if (pattern.contains(".") != option.equals("backup_tables") || !TableScope.isPattern(pattern)) {
                    throw values.bad(
                            "storage",
                            option,
                            option.equals("backup_tables")
                                    ? "write patterns keyspace.table, separated by commas"
                                    : "write patterns of keyspaces, separated by commas; tables go into backup_tables");
                }
                patterns.add(pattern.strip());
            }
        }
        return new TableScope(patterns);
    }

    private static String required(Values values, String option) {
        return values.nonEmpty("storage", option)
                .orElseThrow(
                        () -> new MedusaException(FailureKind.CONFIG_INVALID, option + " is missing in [storage]"));
    }

    private static void noSlash(String option, String value) {
        if (value.contains("/") || value.equals("..") || value.equals(".")) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    option + " in [storage] must not be '.' or '..' nor contain a slash: " + value);
        }
    }

    private static OptionalInt concurrency(Values values) {
        if (values.text("storage", "concurrent_transfers").orElse("auto").equalsIgnoreCase("auto")) {
            return OptionalInt.empty();
        }
        int transfers = values.integer("storage", "concurrent_transfers");
        if (transfers < 1) {
            throw values.bad("storage", "concurrent_transfers", "write a number from 1, or auto");
        }
        return OptionalInt.of(transfers);
    }

    /** A time of day such as {@code 05:30}. */
    public static Optional<LocalTime> time(String text) {
        try {
            return Optional.of(LocalTime.parse(text.length() == "5:30".length() ? "0" + text : text));
        } catch (DateTimeParseException none) {
            return Optional.empty();
        }
    }

    /** A default that the file does not mention is not meant for a disk. */
    private static OptionalLong bandwidth(Values values, String provider) {
        boolean mentioned = values.isSet("storage", "transfer_max_bandwidth");
        boolean unlimited = values.nonEmpty("storage", "transfer_max_bandwidth").isEmpty();
        return unlimited || (!mentioned && provider.equals("local"))
                ? OptionalLong.empty()
                : OptionalLong.of(values.size("storage", "transfer_max_bandwidth"));
    }

    private NodeName nodeName(Values values) {
        Optional<String> named = values.nonEmpty("storage", "fqdn");
        boolean resolve = values.bool("cassandra", "resolve_ip_addresses");
        if (named.isPresent() && (!resolve || !named.get().equals(HostNames.system()))) {
            return new NodeName(named.get());
        }
        String system = HostNames.system();
        if (!resolve) {
            return new NodeName(system);
        }
        String address = HostNames.addressOf(system);
        return new NodeName(
                values.bool("kubernetes", "enabled") ? PodNames.resolve(address) : HostNames.resolve(address));
    }

    private static MedusaConfig.Cassandra cassandra(Values values) {
        Optional<String> user = values.nonEmpty("cassandra", "cql_username");
        Optional<Secret> password = values.secret("cassandra", "cql_password");
        boolean both = user.isPresent() && password.isPresent();
        return new MedusaConfig.Cassandra(
                Path.of(values.text("cassandra", "config_file").orElseThrow()),
                ShellWords.split(values.text("cassandra", "start_cmd").orElseThrow()),
                ShellWords.split(values.text("cassandra", "stop_cmd").orElseThrow()),
                values.integer("cassandra", "is_ccm") == 1,
                both ? user : Optional.empty(),
                both ? password : Optional.empty(),
                values.nonEmpty("cassandra", "certfile").map(Path::of),
                values.nonEmpty("cassandra", "usercert").map(Path::of),
                values.nonEmpty("cassandra", "userkey").map(Path::of),
                nodetool(values),
                values.bool("cassandra", "resolve_ip_addresses"),
                values.bool("cassandra", "use_sudo"),
                Path.of(values.text("cassandra", "sstableloader_bin").orElseThrow()));
    }

    private static MedusaConfig.Ssh ssh(Values values) {
        int keepAlive = values.integer("ssh", "keepalive_seconds");
        if (keepAlive < 0) {
            throw values.bad("ssh", "keepalive_seconds", "it must not be less than 0");
        }
        OptionalInt port = OptionalInt.empty();
        if (values.isSet("ssh", "port") && values.nonEmpty("ssh", "port").isPresent()) {
            port = OptionalInt.of(values.integer("ssh", "port"));
            if (port.getAsInt() < 1 || port.getAsInt() > 65535) {
                throw values.bad("ssh", "port", "write a port between 1 and 65535");
            }
        }
        return new MedusaConfig.Ssh(
                values.nonEmpty("ssh", "username"),
                port,
                values.nonEmpty("ssh", "key_file").map(Path::of),
                values.nonEmpty("ssh", "cert_file").map(Path::of),
                values.bool("ssh", "use_pty"),
                keepAlive,
                values.bool("ssh", "login_shell"),
                oneOf(values, "ssh", "host_keys", List.of("strict", "accept-new", "off")));
    }

    private static MedusaConfig.Nodetool nodetool(Values values) {
        return new MedusaConfig.Nodetool(
                values.nonEmpty("cassandra", "nodetool_executable"),
                values.nonEmpty("cassandra", "nodetool_flags")
                        .map(flags -> Arrays.asList(flags.split(" ", -1)))
                        .orElse(List.of()),
                values.text("cassandra", "nodetool_ssl").orElse("").equals("true"),
                values.nonEmpty("cassandra", "nodetool_username"),
                values.secret("cassandra", "nodetool_password"),
                values.nonEmpty("cassandra", "nodetool_password_file_path").map(Path::of),
                values.nonEmpty("cassandra", "nodetool_host"),
                values.nonEmpty("cassandra", "nodetool_port").isPresent()
                        ? OptionalInt.of(values.integer("cassandra", "nodetool_port"))
                        : OptionalInt.empty());
    }

    private static MedusaConfig.Logging logging(Values values) {
        return new MedusaConfig.Logging(
                values.bool("logging", "enabled"),
                Path.of(values.text("logging", "file").orElseThrow()),
                values.text("logging", "level").orElseThrow(),
                values.text("logging", "format").orElseThrow(),
                values.integer("logging", "maxBytes"),
                values.integer("logging", "backupCount"));
    }
}
