package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Nearest;
import io.medusa.os.HomeDirectory;
import io.medusa.os.SmallFiles;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Lays the sources of configuration over each other (docs/compatibility.md 2.2): defaults, file, the environment's variable of each
 * option, command line, the environment's variables that the Python Medusa has, secrets files and programs, secrets directories, host
 * name.
 */
public final class ConfigReader {
    /** The file that is read when the command line names none. */
    public static final Path DEFAULT_FILE = Path.of("/etc/medusa/medusa.ini");

    private final Map<String, String> environment;
    private final List<String> warnings = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private List<Setting> settings = List.of();
    private boolean checking;
    private boolean runsCommands = true;
    private final Map<Path, String> states = new HashMap<>();

    /** @param environment the process's environment variables */
    public ConfigReader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** What the last {@link #read} found odd but not fatal, one line each. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** The version that the last {@link #read} has read. */
    public ConfigVersion version() {
        return new ConfigVersion(states);
    }

    /** Before it is read: who changes it meanwhile makes another version. */
    private void watch(Path file) {
        states.put(file, ConfigVersion.stateOf(file));
    }

    /**
     * An effective value.
     *
     * @param option of which section, by which name
     * @param value as the file would have it, with secrets masked; empty for none
     * @param source where it is from, for people
     */
    public record Setting(Option<?> option, String value, String source) {}

    /** The values that the last {@link #read} has found, in the order of the reference. */
    public List<Setting> settings() {
        return settings;
    }

    /** The same reader, but it runs no programs: secrets that they print stay empty. */
    public ConfigReader withoutCommands() {
        runsCommands = false;
        return this;
    }

    /** All that {@link #read} would refuse or warn of, one line each; an unknown option is a problem, too. */
    public List<String> check(Optional<Path> file, Map<String, String> overrides) {
        checking = true;
        attempt(() -> {
            MedusaConfig unused = read(file, overrides);
        });
        List<String> all = new ArrayList<>(problems);
        all.addAll(warnings);
        return all.stream().distinct().toList();
    }

    /** Runs a step. A check records its failure and continues with the next one. */
    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (MedusaException failed) {
            if (!checking) {
                throw failed;
            }
            problems.add(String.valueOf(failed.getMessage()));
        }
    }

    /**
     * Reads everything.
     *
     * @param file named on the command line, if one was
     * @param overrides from the command line, by {@code section.option}
     */
    public MedusaConfig read(Optional<Path> file, Map<String, String> overrides) {
        Values values = new Values(environment);
        // a shell leaves the ~ of --config-file=~/medusa.ini to us
        Path named = Path.of(HomeDirectory.expand(file.orElse(DEFAULT_FILE).toString(), environment));
        watch(named);
        attempt(() -> apply(parse(named, file.isPresent()), values));
        values.beginLayer();
        Variables.of(environment).forEach(variable -> attempt(() -> apply(variable, values)));
        values.beginLayer();
        overrides.forEach((option, value) -> {
            int dot = option.indexOf('.');
            set(values, option.substring(0, dot), option.substring(dot + 1), value, "command line");
        });
        values.beginLayer();
        attempt(() -> applyEnvironment(values));
        attempt(() -> SecretOptions.readFiles(values, this::watch));
        if (runsCommands) {
            attempt(() -> SecretOptions.runCommands(values));
        }
        applySecrets(values, CassandraSection.CQL_K8S_SECRETS_PATH, "cql");
        applySecrets(values, CassandraSection.NODETOOL_K8S_SECRETS_PATH, "nodetool");
        attempt(() -> {
            values.find(StorageOptions.KEY_FILE).ifPresent(this::watch);
            values.find(StorageOptions.CA_CERT).ifPresent(this::watch);
        });
        if (checking) {
            Options.ALL.forEach(option -> attempt(() -> {
                Optional<?> unused = values.find(option);
            }));
        }
        MedusaConfig config = toConfig(values);
        settings = shown(values, config);
        return config;
    }

    private static List<Setting> shown(Values values, MedusaConfig config) {
        return Options.ALL.stream()
                .filter(option -> !option.help().startsWith("Accepted and ignored"))
                .map(option -> new Setting(option, masked(option, values.shown(option)), values.source(option)))
                .map(setting -> setting.option().equals(StorageOptions.FQDN)
                        ? new Setting(setting.option(), config.storage().fqdn().value(), setting.source())
                        : setting)
                .toList();
    }

    private static String masked(Option<?> option, String value) {
        if (option.type().equals(OptionType.SECRET)) {
            return value.isEmpty() ? "" : "********";
        }
        if (option.name().endsWith(Section.COMMAND)) {
            // arguments may be credentials
            return value.strip().replaceFirst("\\s.*$", " ********");
        }
        // the user and password of a URL
        return value.replaceAll("//[^/@\\s]*@", "//********@");
    }

    /** Sets an option that may be unknown. */
    private static void set(Values values, String section, String name, String value, String source) {
        Options.find(section, name.toLowerCase(Locale.ROOT))
                .filter(option -> !value.isEmpty())
                .ifPresent(option -> SecretOptions.prepare(values, option));
        values.set(section, name, value, source);
    }

    private void apply(Variables.Variable variable, Values values) {
        set(values, variable.section(), variable.option(), variable.value(), "environment variable " + variable.name());
        if (Options.find(variable.section(), variable.option()).isEmpty()) {
            // never fatal: templates and charts set variables that only look like options
            warnings.add(new UnknownOption(
                            variable.section(), variable.option(), "set by the environment variable " + variable.name())
                    .warning());
        }
    }

    private IniFile parse(Path file, boolean named) {
        try {
            return IniFile.parse(file.toString(), SmallFiles.text(file).lines().toList());
        } catch (NoSuchFileException absent) {
            if (!named && !Variables.of(environment).isEmpty()) {
                return new IniFile(Map.of());
            }
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    named
                            ? "config file " + file + " does not exist"
                            : "no config file. Create " + DEFAULT_FILE + " or pass one with --config-file",
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
        Options.ALL.stream().filter(option -> option.fallback() == null).forEach(option -> Optional.ofNullable(
                        defaults.get(option.lookupName()))
                .ifPresent(entry ->
                        attempt(() -> set(values, option.section(), option.name(), entry.value(), source(entry)))));
        defaults.forEach((option, entry) -> {
            if (Options.ALL.stream().noneMatch(known -> known.lookupName().equals(option))) {
                attempt(() -> unknown(IniFile.DEFAULTS, option, entry));
            }
        });
        values.beginLayer();
        ini.sections().forEach((section, options) -> {
            if (!section.equals(IniFile.DEFAULTS)) {
                attempt(() -> apply(section, options, values));
            }
        });
    }

    private void apply(String section, Map<String, IniFile.Entry> options, Values values) {
        if (!Options.sections().contains(section)) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "config section [" + section + "] is unknown"
                            + UnknownOption.didYouMean(Nearest.word(section, Options.sections()), "[", "]"));
        }
        options.forEach((option, entry) -> attempt(() -> {
            set(values, section, option, entry.value(), source(entry));
            if (Options.find(section, option).isEmpty()) {
                unknown(section, option, entry);
            }
        }));
    }

    private static String source(IniFile.Entry entry) {
        return "line " + entry.line();
    }

    private void unknown(String section, String option, IniFile.Entry entry) {
        unknown(new UnknownOption(section, option, source(entry)), entry.value());
    }

    /** An option that is set to nothing asks for nothing. */
    private void unknown(UnknownOption option, String value) {
        if (!value.isEmpty() && option.isHarmful()) {
            throw new MedusaException(FailureKind.CONFIG_UNREADABLE, option.message());
        }
        warnings.add(option.warning());
    }

    private void applyEnvironment(Values values) {
        List<String> old = new ArrayList<>();
        for (String option : List.of("cql_username", "cql_password")) {
            String variable = option.toUpperCase(Locale.ROOT);
            String value = environment.get(variable);
            if (value != null) {
                if (!environment.containsKey("MEDUSA_" + variable)) {
                    old.add(variable);
                }
                set(values, "cassandra", option, value, "environment variable " + variable);
            }
        }
        // operators set them in every container, and nobody can change that there
        if (!old.isEmpty() && !KubernetesSection.read(values, environment).enabled()) {
            warnings.add("deprecated in the environment: " + String.join(", ", old) + ". Use MEDUSA_"
                    + String.join(", MEDUSA_", old));
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
            String variable = "MEDUSA_" + option.toUpperCase(Locale.ROOT);
            String value = environment.get(variable);
            if (value != null) {
                set(values, "cassandra", option, value, "environment variable " + variable);
            }
        }
    }

    private void applySecrets(Values values, Option<Path> pathOption, String target) {
        attempt(() -> values.find(pathOption).ifPresent(directory -> {
            for (String name : List.of("username", "password")) {
                Path file = directory.resolve(name);
                watch(file);
                try {
                    values.set(
                            "cassandra",
                            target + "_" + name,
                            SmallFiles.text(file).strip(),
                            "file " + file);
                } catch (IOException failed) {
                    throw new MedusaException(
                            FailureKind.CONFIG_UNREADABLE,
                            "secrets file " + file + " (" + pathOption.name() + " in [cassandra]) cannot be read",
                            failed);
                }
            }
        }));
    }

    private MedusaConfig toConfig(Values values) {
        attempt(() -> {
            if (KubernetesSection.read(values, environment).enabled()) {
                // first: others follow from it
                KubernetesSection.applyPod(values, environment, warnings);
            }
        });
        StorageReader storage = new StorageReader(values, environment, warnings);
        if (checking) {
            // each of them finds its own problem
            storage.parts().forEach(this::attempt);
            List.<Runnable>of(
                            () -> CassandraSection.read(values, warnings),
                            () -> SshSection.read(values),
                            () -> ChecksSection.read(values),
                            () -> MonitoringSection.read(values),
                            () -> LoggingSection.read(values),
                            () -> GrpcSection.read(values),
                            () -> HooksSection.read(values))
                    .forEach(this::attempt);
        }
        return new MedusaConfig(
                storage.read(),
                CassandraSection.read(values, warnings),
                SshSection.read(values),
                ChecksSection.read(values),
                MonitoringSection.read(values),
                LoggingSection.read(values),
                GrpcSection.read(values),
                KubernetesSection.read(values, environment),
                HooksSection.read(values));
    }
}
