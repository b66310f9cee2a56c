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
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Lays the sources of configuration over each other (docs/compatibility.md 2.2): defaults, file, command line, environment, secrets
 * directories, host name.
 */
public final class ConfigReader {
    /** Options that must not be ignored, whether misspelt or of another version, and what would happen. The first that matches counts. */
    private static final Map<Pattern, String> MUST_BE_KNOWN = mustBeKnown();

    /** The file that is read when the command line names none. */
    public static final Path DEFAULT_FILE = Path.of("/etc/medusa/medusa.ini");

    private static final String RETENTION_IGNORED =
            ", and without it purge would delete backups it should keep, or keep those it should delete";

    private static Map<Pattern, String> mustBeKnown() {
        Map<Pattern, String> all = new LinkedHashMap<>();
        all.put(
                Pattern.compile("^(storage|DEFAULT)\\.(key_secret|encryption_)"),
                ": this version does not encrypt on the client, and backups would be stored unencrypted. Remove the option;"
                        + " to have the store encrypt, set kms_id or sse_c_key in [storage]");
        all.put(
                Pattern.compile("^(storage|DEFAULT)\\.(?!aws_)(sse|kms|.*(crypt|secret|cipher|gpg))"),
                ", and without it backups could be stored unencrypted");
        all.put(
                Pattern.compile(
                        "^(storage|DEFAULT)\\.(keep_?(hour|dai|week|month|year|last|min|max)|keep_|(max|min)_?(backup|age|count)"
                                + "|backup_?(age|count|grace)|.*(retention|retain|expir|grace_period))"),
                RETENTION_IGNORED);
        all.put(Pattern.compile("^(grpc|DEFAULT)\\.schedule_"), ", and what it schedules would never run");
        return Collections.unmodifiableMap(all);
    }

    private final Map<String, String> environment;
    private final List<String> warnings = new ArrayList<>();
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
        apply(parse(named, file.isPresent()), values);
        overrides.forEach((option, value) -> {
            int dot = option.indexOf('.');
            values.set(option.substring(0, dot), option.substring(dot + 1), value);
        });
        applyEnvironment(values);
        applySecrets(values, CassandraSection.CQL_K8S_SECRETS_PATH, "cql");
        applySecrets(values, CassandraSection.NODETOOL_K8S_SECRETS_PATH, "nodetool");
        values.find(StorageOptions.KEY_FILE).ifPresent(this::watch);
        values.find(StorageOptions.CA_CERT).ifPresent(this::watch);
        return toConfig(values);
    }

    private IniFile parse(Path file, boolean named) {
        try {
            return IniFile.parse(file.toString(), SmallFiles.text(file).lines().toList());
        } catch (NoSuchFileException absent) {
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
        Options.ALL.stream()
                .filter(option -> option.fallback() == null && defaults.containsKey(option.lookupName()))
                .forEach(option -> values.set(
                        option,
                        Objects.requireNonNull(defaults.get(option.lookupName()))
                                .value()));
        defaults.forEach((option, entry) -> {
            if (Options.ALL.stream().noneMatch(known -> known.lookupName().equals(option))) {
                unknown(IniFile.DEFAULTS, option, entry);
            }
        });
        ini.sections().forEach((section, options) -> {
            if (section.equals(IniFile.DEFAULTS)) {
                return;
            }
            if (!Options.sections().contains(section)) {
                throw new MedusaException(
                        FailureKind.CONFIG_UNREADABLE,
                        "config section [" + section + "] is unknown"
                                + didYouMean(Nearest.word(section, Options.sections()), "[", "]"));
            }
            options.forEach((option, entry) -> {
                values.set(section, option, entry.value());
                if (Options.find(section, option).isEmpty()) {
                    unknown(section, option, entry);
                }
            });
        });
    }

    /** An option that is set to nothing asks for nothing. */
    private void unknown(String section, String option, IniFile.Entry entry) {
        Optional<String> consequence =
                consequence(section, option).filter(harm -> !entry.value().isEmpty());
        if (consequence.isPresent()) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE, unknownOption(section, option, entry.line(), consequence.get()));
        }
        warnings.add(unknownOption(section, option, entry.line(), " and ignored"));
    }

    /** What happens if the option is ignored, if that does harm; also of known options in another section and of misspelt ones. */
    private static Optional<String> consequence(String section, String option) {
        // the options of [DEFAULT] are those of all sections; none of another section is like one for retention
        String own = section.equals(IniFile.DEFAULTS) ? StorageOptions.MAX_BACKUP_AGE.section() : section;
        String home = Options.ALL.stream()
                .filter(known -> known.lookupName().equals(option))
                .<String>map(Option::section)
                .findFirst()
                .orElse(own);
        Optional<String> harm = harm(home, option).or(() -> harm(section, option));
        return harm.isPresent()
                ? harm
                : Nearest.word(option, namesOf(home))
                        .flatMap(meant -> harm(home, meant))
                        .filter(RETENTION_IGNORED::equals);
    }

    private static Optional<String> harm(String section, String option) {
        return MUST_BE_KNOWN.entrySet().stream()
                .filter(harmful ->
                        harmful.getKey().matcher(section + "." + option).find())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static List<String> namesOf(String section) {
        return Options.of(section).stream().<String>map(Option::name).toList();
    }

    private static String unknownOption(String section, String option, int line, String consequence) {
        Optional<String> elsewhere = Options.ALL.stream()
                .filter(known -> known.lookupName().equals(option))
                .<String>map(Option::section)
                .findFirst();
        String hint = elsewhere
                .map(other -> "; it belongs in [" + other + "]")
                .or(() -> ofPrefixedName(option))
                .orElseGet(() -> didYouMean(Nearest.word(option, namesOf(section)), "'", "'"));
        return "config option '" + option + "' in [" + section + "], line " + line + ", is unknown" + consequence
                + hint;
    }

    /** Such as {@code ssh_username}, which is {@code username} of another section. */
    private static Optional<String> ofPrefixedName(String option) {
        return Options.ALL.stream()
                .filter(known -> option.equals(known.section() + "_" + known.lookupName()))
                .map(known -> "; did you mean '" + known.name() + "' in [" + known.section() + "]?")
                .findFirst();
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

    private void applySecrets(Values values, Option<Path> pathOption, String target) {
        values.find(pathOption).ifPresent(directory -> {
            for (String name : List.of("username", "password")) {
                Path file = directory.resolve(name);
                watch(file);
                try {
                    values.set(
                            "cassandra",
                            target + "_" + name,
                            SmallFiles.text(file).strip());
                } catch (IOException failed) {
                    throw new MedusaException(
                            FailureKind.CONFIG_UNREADABLE,
                            "secrets file " + file + " (" + pathOption.name() + " in [cassandra]) cannot be read",
                            failed);
                }
            }
        });
    }

    private MedusaConfig toConfig(Values values) {
        MedusaConfig.Kubernetes kubernetes = KubernetesSection.read(values, environment);
        if (kubernetes.enabled()) {
            // first: others follow from it
            KubernetesSection.applyPod(values, environment, warnings);
        }
        return new MedusaConfig(
                new StorageReader(values, environment, warnings).read(),
                CassandraSection.read(values, warnings),
                SshSection.read(values),
                ChecksSection.read(values),
                MonitoringSection.read(values),
                LoggingSection.read(values),
                GrpcSection.read(values),
                kubernetes);
    }
}
