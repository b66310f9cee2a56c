package io.medusa.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.config.ConfigReader.Setting;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where values come from: the file, variables, secrets in files and from programs; and what a check of all of it says. */
final class ConfigSourcesTest {
    private static final String STORAGE =
            "[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = c\nfqdn = n1\n";

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> overrides = new HashMap<>();

    private ConfigReader reader() {
        return new ConfigReader(environment);
    }

    private Optional<Path> file(String text) throws IOException {
        return Optional.of(Files.writeString(directory.resolve("medusa.ini"), text));
    }

    private MedusaConfig read(String text) throws IOException {
        return reader().read(file(text), overrides);
    }

    private Setting setting(String text, Option<?> option) throws IOException {
        ConfigReader reader = reader();
        MedusaConfig unused = reader.read(file(text), overrides);
        return reader.settings().stream()
                .filter(setting -> setting.option().equals(option))
                .findFirst()
                .orElseThrow();
    }

    private Path program(String body) throws IOException {
        Path program = Files.writeString(directory.resolve("secret.sh"), "#!/bin/sh\n" + body + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    @Test
    void everyOptionHasAVariableWhichIsStrongerThanTheFileAndWeakerThanTheCommandLine() throws IOException {
        for (Option<?> option : Options.ALL) {
            environment.clear();
            String name = "MEDUSA_" + option.section() + "_" + option.name();
            environment.put(name.toUpperCase(java.util.Locale.ROOT), "x");
            assertThat(Variables.of(environment)).as(name).singleElement().satisfies(variable -> assertThat(
                            Options.find(variable.section(), variable.option()))
                    .contains(option));
        }
        environment.clear();
        environment.put("MEDUSA_STORAGE_PREFIX", "fromvariable");
        environment.put("MEDUSA_LOGGING_MAXBYTES", "5");
        MedusaConfig config = read(STORAGE + "prefix = fromfile\n");
        assertThat(config.storage().prefix()).isEqualTo("fromvariable");
        assertThat(config.logging().maxBytes()).isEqualTo(5);
        overrides.put("storage.prefix", "fromoption");
        assertThat(read(STORAGE).storage().prefix()).isEqualTo("fromoption");
        assertThat(setting(STORAGE, StorageOptions.PREFIX).source()).isEqualTo("command line");
    }

    @Test
    void variablesNeedNoFile() {
        environment.put("MEDUSA_STORAGE_STORAGE_PROVIDER", "local");
        environment.put("MEDUSA_STORAGE_BASE_PATH", "/b");
        environment.put("MEDUSA_STORAGE_BUCKET_NAME", "c");
        environment.put("MEDUSA_STORAGE_FQDN", "n1");
        assertThat(reader().read(Optional.empty(), overrides).storage().target())
                .isEqualTo(new StorageTarget.Local(Path.of("/b/c")));
    }

    @Test
    void aMisspeltVariableIsTreatedLikeAMisspeltOption() throws IOException {
        environment.put("MEDUSA_STORAGE_BUKET_NAME", "c");
        ConfigReader reader = reader();
        MedusaConfig unused = reader.read(file(STORAGE), overrides);
        assertThat(reader.warnings())
                .containsExactly("config option 'buket_name' in [storage], set by the environment variable"
                        + " MEDUSA_STORAGE_BUKET_NAME, is unknown and ignored; did you mean 'bucket_name'?");
    }

    @Test
    void aVariableThatOnlyLooksLikeAnOptionStopsNothing() throws IOException {
        for (String name : List.of(
                "MEDUSA_STORAGE_SECRET",
                "MEDUSA_STORAGE_SECRET_NAME",
                "MEDUSA_STORAGE_RETENTION_DAYS",
                "MEDUSA_GRPC_SCHEDULE_CRON")) {
            environment.clear();
            environment.put(name, "3");
            ConfigReader reader = reader();
            MedusaConfig unused = reader.read(file(STORAGE), overrides);
            assertThat(reader.warnings()).singleElement().asString().contains(name, "is unknown and ignored");
            assertThat(reader().check(file(STORAGE), overrides))
                    .as("a check names it")
                    .singleElement()
                    .asString()
                    .contains(name);
        }
    }

    @Test
    void anEmptyVariableLeavesTheFilesValue() throws IOException {
        environment.put("MEDUSA_STORAGE_PREFIX", "");
        environment.put("MEDUSA_STORAGE_MAX_BACKUP_COUNT", "");
        environment.put("MEDUSA_CASSANDRA_CQL_PASSWORD", "");
        environment.put("MEDUSA_STORAGE_SECRET", "");
        ConfigReader reader = reader();
        MedusaConfig config = reader.read(
                file(STORAGE
                        + "prefix = fromfile\nmax_backup_count = 7\n[cassandra]\ncql_username = u\ncql_password = p\n"),
                overrides);
        assertThat(config.storage().prefix()).isEqualTo("fromfile");
        assertThat(config.storage().retention().maxCount()).isEqualTo(7);
        assertThat(config.cassandra().cqlPassword().orElseThrow().reveal()).isEqualTo("p");
        assertThat(reader.warnings()).isEmpty();
    }

    /** As in {@code curl -H "X-Vault-Token: ..."}. */
    @Test
    void theArgumentsOfAProgramAreNeverShown() throws IOException {
        String text = STORAGE + "[cassandra]\ncql_username = u\ncql_password_command = " + program("echo p")
                + " -H \"X-Vault-Token: secretword\"\n";
        ConfigReader reader = reader();
        MedusaConfig unused = reader.read(file(text), overrides);
        assertThat(reader.settings().toString())
                .doesNotContain("secretword")
                .contains(directory.resolve("secret.sh") + " ********");
        isRefused("cql_password_command = curl -H \"X-Vault-Token: secretword", "cql_password_command in [cassandra]");
    }

    @Test
    void aFaultOfKubernetesModeOrTheStoreHidesNoOther() throws IOException {
        List<String> problems = reader().check(
                        file("[storage]\nbase_path = /b\nprefix = a/b\nbackup_tables = nodot\n[grpc]\nport = x\n"
                                + "[kubernetes]\nenabled = True\nuse_mgmt_api = True\n"),
                        overrides);
        for (String part : List.of(
                "storage_provider is missing",
                "bucket_name is missing",
                "prefix in [storage]",
                "backup_tables in [storage]",
                "port in [grpc]",
                "cassandra_url in [kubernetes]")) {
            assertThat(problems).as(part).anyMatch(problem -> problem.contains(part));
        }
    }

    @Test
    void whatKubernetesSetsForAServiceOfThatNameIsNoOption() throws IOException {
        environment.putAll(Map.of(
                "MEDUSA_GRPC_PORT", "tcp://10.0.0.7:50051",
                "MEDUSA_GRPC_SERVICE_HOST", "10.0.0.7",
                "MEDUSA_GRPC_SERVICE_PORT_GRPC", "50051",
                "MEDUSA_GRPC_PORT_50051_TCP_ADDR", "10.0.0.7",
                "MEDUSA_MODE", "GRPC"));
        ConfigReader reader = reader();
        assertThat(reader.read(file(STORAGE), overrides).grpc().port()).isEqualTo(50051);
        assertThat(reader.warnings()).isEmpty();
    }

    @Test
    void aSecretComesFromAFileOrAProgram() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "pa ss\n");
        assertThat(password("cql_password_file = " + secret)).isEqualTo("pa ss");
        assertThat(password("cql_password_command = " + program("echo noise >&2; echo \"from $1\"") + " vault"))
                .isEqualTo("from vault");
        environment.put("MEDUSA_CASSANDRA_CQL_PASSWORD_FILE", secret.toString());
        assertThat(password("cql_password = weaker")).isEqualTo("pa ss");
        environment.put("MEDUSA_CQL_PASSWORD", "strongest");
        assertThat(password("cql_password_command = false")).isEqualTo("strongest");
    }

    private String password(String line) throws IOException {
        return read(STORAGE + "[cassandra]\ncql_username = u\n" + line + "\n")
                .cassandra()
                .cqlPassword()
                .orElseThrow()
                .reveal();
    }

    private void isRefused(String lines, String why) {
        assertThatThrownBy(() -> read(STORAGE + "[cassandra]\ncql_username = u\n" + lines + "\n"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("secretword")
                .satisfies(failed -> assertThat(failed.getCause()).isNull());
    }

    @Test
    void aSecretThatCannotBeHadIsRefusedWithoutShowingIt() throws IOException {
        isRefused("cql_password = a\ncql_password_file = /b", "cql_password and cql_password_file in [cassandra]");
        isRefused("cql_password_file = /nowhere/secret", "cql_password_file in [cassandra]: /nowhere/secret cannot");
        isRefused("cql_password_command = /nowhere/program", "cannot be run");
        isRefused("cql_password_command = " + program("echo secretword; exit 3"), "failed with exit status 3");
        isRefused("cql_password_command = " + program("echo secretword; echo secretword"), "must be the only line");
        isRefused("cql_password_command = " + program("true"), "must be the only line, but there is none");
    }

    @Test
    void settingsShowWhereEachValueIsFromAndNoSecret() throws IOException {
        String text = STORAGE + "[cassandra]\ncql_username = u\ncql_password = secretword\n"
                + "[monitoring]\notlp_url = http://u:secretword@host/\n";
        assertThat(setting(text, StorageOptions.BUCKET_NAME))
                .isEqualTo(new Setting(StorageOptions.BUCKET_NAME, "c", "line 4"));
        assertThat(setting(text, CassandraSection.CQL_PASSWORD).value()).isEqualTo("********");
        assertThat(setting(text, MonitoringSection.OTLP_URL).value()).isEqualTo("http://********@host/");
        assertThat(setting(text, GrpcSection.PORT)).isEqualTo(new Setting(GrpcSection.PORT, "50051", "default"));
        ConfigReader reader = reader();
        MedusaConfig unused = reader.read(file(text), overrides);
        assertThat(reader.settings().toString()).doesNotContain("secretword");
    }

    @Test
    void aCheckFindsEverythingAtOnceAndRefusesWhatReadingOnlyWarnsOf() throws IOException {
        assertThat(reader().check(file(STORAGE), overrides)).isEmpty();
        environment.put("MEDUSA_SSH_PORT", "x");
        List<String> problems = reader().check(
                        file(
                                "[storage]\nstorage_provider = locl\nbuckt_name = c\nmax_backup_age = x\nconcurrent_transfers = 0\n"
                                        + "[cassandra]\nis_ccm = maybe\n[chekcs]\nquery = a\n[grpc]\nport = 99999999\n"),
                        overrides);
        assertThat(problems).hasSizeGreaterThanOrEqualTo(8);
        for (String part : List.of(
                "'buckt_name'",
                "max_backup_age",
                "concurrent_transfers",
                "is_ccm",
                "[chekcs]",
                "port in [grpc]",
                "port in [ssh]",
                "bucket_name is missing")) {
            assertThat(problems).as(part).anyMatch(problem -> problem.contains(part));
        }
        assertThat(reader().check(file("not a section\n"), overrides)).anyMatch(problem -> problem.contains("line 1"));
        assertThat(reader().check(Optional.of(directory.resolve("none")), overrides))
                .anyMatch(problem -> problem.contains("does not exist"));
    }
}
