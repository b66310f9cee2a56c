package io.medusa.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.HostNames;
import io.medusa.os.ShellWords;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigReaderTest {
    private static final String STORAGE =
            "[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = c\nfqdn = n1\n";

    @TempDir
    Path directory;

    private final ConfigReader reader = new ConfigReader(Map.of());
    private ConfigReader stores = reader;

    private MedusaConfig read(String text) throws IOException {
        return read(text, Map.of(), Map.of());
    }

    private MedusaConfig read(String text, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        Path file = Files.writeString(directory.resolve("medusa.ini"), text);
        return new ConfigReader(environment).read(Optional.of(file), overrides);
    }

    private static MedusaException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(call);
        assertThat(thrown).isInstanceOf(MedusaException.class);
        assertThat(thrown.getMessage()).doesNotContain("\n");
        return (MedusaException) thrown;
    }

    @Test
    void readsTheDialect() throws IOException {
        MedusaConfig config = read(
                "# comment\n; another\n[storage]\nStorage_Provider: LOCAL\nbase_path = /b ; no comment\nbucket_name='q'\n"
                        + "fqdn = n1\nprefix =\n\n[cassandra]\nstart_cmd = run \"a b\" c\\ d\n    'e f'\n"
                        + "resolve_ip_addresses = off\n");
        assertThat(config.storage().target()).isEqualTo(new StorageTarget.Local(Path.of("/b ; no comment/'q'")));
        assertThat(config.storage().prefix()).isEmpty();
        assertThat(config.cassandra().startCommand()).containsExactly("run", "a b", "c d", "e f");
        assertThat(config.cassandra().resolveAddresses()).isFalse();
    }

    @Test
    void theScopeOfBackupsIsReadInOrderAndWrongPatternsAreRefused() throws IOException {
        String minimal = "[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = q\nfqdn = n1\n";
        assertThat(read(minimal).storage().scope().isAll()).isTrue();
        assertThat(read(minimal + "backup_tables = !shop.tmp_*\nbackup_keyspaces = shop*, other,\n")
                        .storage()
                        .scope()
                        .patterns())
                .containsExactly("shop*", "other", "!shop.tmp_*");
        for (String wrong : List.of(
                "backup_keyspaces = a.b", "backup_tables = a", "backup_keyspaces = a b", "backup_tables = a.b.c")) {
            MedusaException refused = failure(() -> read(minimal + wrong + "\n"));
            assertThat(refused.kind()).as(wrong).isEqualTo(FailureKind.CONFIG_UNREADABLE);
            assertThat(refused.getMessage()).as(wrong).contains("backup_");
        }
    }

    @Test
    void anIndentedSectionIsStillOptionsAndOnlyDeeperLinesContinue() throws IOException {
        MedusaConfig config = read(
                "[storage]\n  storage_provider = local\n  base_path = /b\n  bucket_name = c\n  fqdn = n1\n[cassandra]\n"
                        + "  stop_cmd = stop\n     now\n");
        assertThat(config.storage().fqdn().value()).isEqualTo("n1");
        assertThat(config.cassandra().stopCommand()).containsExactly("stop", "now");
    }

    @Test
    void theDefaultSectionStandsInForOptionsWithoutADefault() throws IOException {
        MedusaConfig config = read(
                "[DEFAULT]\nfqdn = n9\nstart_cmd = never\n[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = c\n");
        assertThat(config.storage().fqdn().value()).isEqualTo("n9");
        assertThat(config.cassandra().startCommand()).containsExactly("sudo", "service", "cassandra", "start");
    }

    @Test
    void precedenceIsFileThenCommandLineThenEnvironmentThenSecrets() throws IOException {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("username"), " from-secret \n");
        Files.writeString(secrets.resolve("password"), "pw\n");
        String text = STORAGE + "[cassandra]\ncql_username = file\ncql_password = file\nnodetool_username = file\n";
        assertThat(read(text).cassandra().cqlUser()).contains("file");
        assertThat(read(text, Map.of("storage.fqdn", "cli"), Map.of())
                        .storage()
                        .fqdn()
                        .value())
                .isEqualTo("cli");
        assertThat(read(text, Map.of(), Map.of("CQL_USERNAME", "old", "MEDUSA_CQL_USERNAME", "env"))
                        .cassandra()
                        .cqlUser())
                .contains("env");
        MedusaConfig all = read(
                text,
                Map.of(),
                Map.of("MEDUSA_CQL_USERNAME", "env", "MEDUSA_CQL_K8S_SECRETS_PATH", secrets.toString()));
        assertThat(all.cassandra().cqlUser()).contains("from-secret");
        assertThat(all.cassandra().cqlPassword().orElseThrow().reveal()).isEqualTo("pw");
        assertThat(all.toString()).doesNotContain("pw");
    }

    @ParameterizedTest
    @CsvSource({"False", "false", "0", "no", "OFF"})
    void B4_everyWordForFalseTurnsResolvingOffForTheNodeItselfToo(String word) throws IOException {
        String text = "[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = c\n[cassandra]\n"
                + "resolve_ip_addresses = " + word + "\n";
        MedusaConfig config = read(text);
        assertThat(config.cassandra().resolveAddresses()).isFalse();
        assertThat(config.storage().fqdn().value()).isEqualTo(HostNames.system());
    }

    @Test
    void B13_anUnknownSectionIsNamedWithTheNearestOne() {
        MedusaException unknown = failure(() -> read(STORAGE + "[casandra]\nis_ccm = 1\n"));
        assertThat(unknown).hasMessage("config section [casandra] is unknown; did you mean [cassandra]?");
        assertThat(unknown.kind()).isEqualTo(FailureKind.CONFIG_UNREADABLE);
    }

    @Test
    void anUnknownKeyIsNamedWithTheNearestOneAndIgnored() throws IOException {
        Path file = Files.writeString(
                directory.resolve("medusa.ini"),
                STORAGE + "concurent_transfers = 4\nhealth_check = cql\nzzzzqqqq = 1\n");
        reader.read(Optional.of(file), Map.of());
        assertThat(reader.warnings())
                .containsExactly(
                        "config option 'concurent_transfers' in [storage], line 6, is unknown and ignored; did you mean"
                                + " 'concurrent_transfers'?",
                        "config option 'health_check' in [storage], line 7, is unknown and ignored; it belongs in [checks]",
                        "config option 'zzzzqqqq' in [storage], line 8, is unknown and ignored");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "storage_provider = local | 2 | bucket_name is missing in [storage]",
                "bucket_name = c | 2 | storage_provider is missing in [storage]",
                "storage_provider = local,bucket_name = a/b | 2 | bucket_name in [storage] must not be",
                "storage_provider = local,bucket_name = .. | 2 | bucket_name in [storage] must not be",
                "storage_provider = local,bucket_name = c,prefix = a/b | 2 | prefix in [storage] must not be",
                "storage_provider = local,bucket_name = c | 2 | base_path is missing in [storage]",
                "storage_provider = s4,bucket_name = c | 1 | storage_provider in [storage] is 's4': write local, s3,",
                "storage_provider = local,bucket_name = c,multi_part_upload_threshold = 10M | 1 | is '10M': write a number",
                "storage_provider = local,bucket_name = c,base_path = /b,max_backup_count = many | 1 | is 'many': write a whole number",
                "storage_provider = local,bucket_name = c,base_path = /b,keep_daily = -1 | 1 | it must not be less than 0",
                "storage_provider = local,bucket_name = c,base_path = /b,concurrent_transfers = 0 | 1 | write a number from 1",
                "storage_provider = local,bucket_name = c,bucket_name = d | 1 | is set twice in [storage]",
                "storage_provider | 1 | line 2: expected 'option = value'"
            })
    void badValuesAreOneClearLine(String lines, int status, String message) {
        MedusaException failure = failure(() -> read("[storage]\n" + lines.replace(',', '\n') + "\n"));
        assertThat(failure).hasMessageContaining(message);
        assertThat(failure.kind()).isEqualTo(status == 2 ? FailureKind.CONFIG_INVALID : FailureKind.CONFIG_UNREADABLE);
    }

    @Test
    void badBooleansFilesAndPathsAreOneClearLine() throws IOException {
        assertThat(failure(() -> read(STORAGE + "[checks]\nenable_md5_checks = maybe\n")))
                .hasMessage("enable_md5_checks in [checks] is 'maybe': write True or False");
        assertThat(failure(() -> reader.read(Optional.of(directory.resolve("none.ini")), Map.of())))
                .hasMessageContaining("none.ini does not exist");
        assertThat(failure(() -> reader.read(Optional.of(directory), Map.of())))
                .hasMessageContaining("it is a directory");
        Files.write(directory.resolve("binary.ini"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThat(failure(() -> reader.read(Optional.of(directory.resolve("binary.ini")), Map.of()))
                        .kind())
                .isEqualTo(FailureKind.CONFIG_UNREADABLE);
        assertThat(failure(() -> read("x = 1\n[storage]\n"))).hasMessageContaining("before the first [section]");
        assertThat(failure(() -> read(STORAGE + "prefix = a\0b\n"))).hasMessageContaining("line 6: this is not text");
    }

    @ParameterizedTest
    @CsvSource({
        "20MB,20971520",
        "2.5MB,2621440",
        "50 B / s,50",
        "1e3,1000",
        "20971520.0,20971520",
        "1PB,1125899906842624"
    })
    void sizes(String text, long bytes) {
        Values values = new Values(Map.of());
        values.set("storage", "multipart_chunksize", text, "test");
        assertThat(values.get(StorageOptions.MULTIPART_CHUNKSIZE)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"1.5", "10M", "50mb", "50MiB", "'\"50MB\"'", "-1MB", "0"})
    void badSizes(String text) {
        Values values = new Values(Map.of());
        values.set("storage", "multipart_chunksize", text, "test");
        assertThatThrownBy(() -> values.get(StorageOptions.MULTIPART_CHUNKSIZE)).isInstanceOf(MedusaException.class);
    }

    @Test
    void commandsAreSplitLikeShellWordsWithoutAShell() {
        assertThat(ShellWords.split("a 'b c' \"d\\\"e\" f\\ g $HOME;rm"))
                .isEqualTo(List.of("a", "b c", "d\"e", "f g", "$HOME;rm"));
        assertThatThrownBy(() -> ShellWords.split("a 'b")).hasMessageContaining("unclosed quote");
    }

    @Test
    void aPrefixOfOneCharacterIsIgnored() throws IOException {
        ConfigReader reader = new ConfigReader(Map.of());
        Path file = Files.writeString(
                directory.resolve("one.ini"),
                "[storage]\nstorage_provider = local\nbase_path = /b\nbucket_name = c\nfqdn = n1\nprefix = x\n");
        assertThat(reader.read(Optional.of(file), Map.of()).storage().prefix()).isEmpty();
        assertThat(reader.warnings()).anyMatch(warning -> warning.contains("at least two characters"));
    }

    private StorageTarget.S3 s3(String... lines) throws IOException {
        return (StorageTarget.S3) target(lines);
    }

    private StorageTarget target(String... lines) throws IOException {
        Path file = Files.writeString(
                directory.resolve("target.ini"),
                "[storage]\nbucket_name = c\nfqdn = n1\n" + String.join("\n", lines) + "\n");
        stores = new ConfigReader(Map.of("AZURE_STORAGE_ACCOUNT", "acct"));
        return stores.read(Optional.of(file), Map.of()).storage().target();
    }

    /** docs/compatibility.md 9. */
    @Test
    void regionsComeFromTheProviderOrTheOption() throws IOException {
        assertThat(s3("storage_provider = s3").region()).isEqualTo("us-east-1");
        assertThat(s3("storage_provider = s3", "region = eu-west-3").region()).isEqualTo("eu-west-3");
        assertThat(s3("storage_provider = s3_us_west_oregon").region()).isEqualTo("us-west-2");
        assertThat(s3("storage_provider = S3_EU_CENTRAL").region()).isEqualTo("eu-central-1");
        assertThat(s3("storage_provider = s3_eu_central", "region = default").endpoint())
                .isEmpty();
        assertThat(failure(() -> s3("storage_provider = s3_mars"))).hasMessageContaining("the region mars is unknown");
    }

    /** D-B7: the reference passes the endpoint over for two of these. */
    @Test
    void endpointsWorkForEveryRelativeOfS3() throws IOException {
        for (String provider : List.of("s3_compatible", "s3_rgw", "ibm_storage")) {
            StorageTarget.S3 target = s3("storage_provider = " + provider, "host = store.example", "port = 8080");
            assertThat(target.endpoint().orElseThrow()).hasToString("https://store.example:8080");
            assertThat(target.pathStyle()).isTrue();
            assertThat(target.verified())
                    .as("certificates are checked by default")
                    .isTrue();
            assertThat(s3("storage_provider = " + provider, "host = s", "secure = False")
                            .endpoint()
                            .orElseThrow())
                    .hasToString("http://s");
            assertThat(s3("storage_provider = " + provider, "host = s", "s3_addressing_style = virtual")
                            .pathStyle())
                    .isFalse();
            assertThat(failure(() -> s3("storage_provider = " + provider))).hasMessageContaining("host is missing");
        }
        s3("storage_provider = s3_compatible", "host = s", "ssl_verify = False");
        assertThat(stores.warnings()).anyMatch(warning -> warning.contains("ssl_verify"));
    }

    @Test
    void azureAccountsComeFromTheKeyFileOrTheEnvironment() throws IOException {
        StorageTarget.Azure ambient = (StorageTarget.Azure) target("storage_provider = azure_blobs");
        assertThat(ambient.url()).isEqualTo("https://acct.blob.core.windows.net");
        Path key = Files.writeString(
                directory.resolve("key.json"), "{\"storage_account\": \"mine\", \"key\": \"c2VjcmV0\"}");
        StorageTarget.Azure named = (StorageTarget.Azure)
                target("storage_provider = azure_blobs", "key_file = " + key, "host = chinacloudapi.cn", "port = 444");
        assertThat(named.url()).isEqualTo("https://mine.blob.core.chinacloudapi.cn:444");
        assertThat(named.toString()).doesNotContain("c2VjcmV0");
        Files.writeString(key, "{\"storage_account\": \"mine\", \"key\": \"not base64!\"}");
        assertThat(failure(() -> target("storage_provider = azure_blobs", "key_file = " + key)))
                .hasMessageContaining("must be JSON such as")
                .hasMessageNotContaining("not base64!");
        Files.writeString(key, "{\"storage_account\": \"mine\", \"key\": \"c2Vj-_cmV0\"}");
        assertThat(failure(() -> target("storage_provider = azure_blobs", "key_file = " + key)))
                .as("a key in another alphabet is another key")
                .hasMessageContaining("must be JSON such as");
        Files.writeString(key, "{\"storage_account\": \"mine\", \"key\": \" c2Vj\\r\\ncmV0\\n\"}");
        assertThat(target("storage_provider = azure_blobs", "key_file = " + key))
                .isInstanceOf(StorageTarget.Azure.class);
    }

    @Test
    void badStoreSettingsAreOneClearLine() {
        String s3 = "storage_provider = s3_compatible\nhost = s\n";
        for (String[] line : new String[][] {
            {"port = 0", "write a number from 1 to 65535"},
            {"host = https://s\nstorage_provider = s3_rgw", "write the host name only"},
            {"s3_addressing_style = dns", "write one of auto, path, virtual"},
            {"key_file = /no/such/file", "the file does not exist"},
            {"read_timeout = 0", "write a number of seconds from 1"},
            {"multipart_max_concurrency = 0", "write a number from 1"},
            {"kms_id = a\nsse_c_key = b", "exclude each other"},
            {"finish_by = 25:00", "write a time such as 05:30"},
            {"transfer_max_bandwidth = fast", "write a number with B, KB"},
        }) {
            String text = line[0].contains("host") ? line[0] : s3 + line[0];
            assertThat(failure(() -> target(text.split("\n")))).hasMessageContaining(line[1]);
        }
    }

    @Test
    void theExampleFileIsReadWithoutAWarning() {
        MedusaConfig config = reader.read(
                Optional.of(Path.of("src/main/dist/conf/medusa-example.ini")), Map.of("storage.fqdn", "n1"));
        assertThat(config.storage().target()).isEqualTo(new StorageTarget.Local(Path.of("/mnt/backups/cassandra")));
        assertThat(reader.warnings()).isEmpty();
    }

    /** What the reference and the example file show must be readable. */
    @Test
    void everyDefaultAndEveryExampleIsAValueOfItsType() {
        for (Option<?> option : Options.ALL) {
            for (String value : new String[] {option.fallback(), option.example()}) {
                // "None" stands for no URL in the reference's files
                if (value != null && !value.isEmpty()) {
                    assertThat((Object) option.type().parser().apply(value))
                            .as(option.name())
                            .isNotNull();
                }
            }
        }
    }

    @Test
    void anUnknownScheduleIsRefused() throws IOException {
        assertThat(failure(() -> read(STORAGE + "[grpc]\nschedule_verfy = 01:00\n")))
                .hasMessage(
                        "config option 'schedule_verfy' in [grpc], line 7, is unknown, and what it schedules would never"
                                + " run; did you mean 'schedule_verify'?");
        assertThat(read(STORAGE + "[grpc]\nschedule_verify = Sun 01:00\nschedule_purge = 04:00\n")
                        .grpc()
                        .schedule())
                .containsOnlyKeys(MedusaConfig.ScheduledTask.PURGE, MedusaConfig.ScheduledTask.VERIFY);
    }

    @Test
    void aScheduleHasSeveralTimesInUtc() throws IOException {
        assertThat(next("*:30", "2026-11-28T12:31:00Z")).isEqualTo("2026-11-28T13:30:00Z");
        assertThat(next("01:00, 13:00", "2026-11-28T12:31:00Z")).isEqualTo("2026-11-28T13:00:00Z");
        assertThat(next("Mon 01:00, Thu 01:00", "2026-11-28T12:31:00Z")).isEqualTo("2026-11-30T01:00:00Z");
        for (String bad : List.of("1 am", "01:00,", "Foo 01:00", "*:61", "*", "25:00")) {
            assertThat(failure(() -> next(bad, "2026-11-28T12:31:00Z")))
                    .as(bad)
                    .hasMessageContaining("write a time such as 01:00");
        }
    }

    private Instant next(String schedule, String after) throws IOException {
        return read(STORAGE + "[grpc]\nschedule_backup = " + schedule + "\n")
                .grpc()
                .backupSchedule()
                .after(Instant.parse(after));
    }

    @Test
    void anOptionSetToNothingHasItsDefault() throws IOException {
        MedusaConfig expected = read(STORAGE);
        for (Option<?> option : Options.ALL) {
            if (!STORAGE.contains(option.name() + " =")
                    && !List.of("transfer_max_bandwidth", "nodetool_flags").contains(option.name())) {
                String text = option.section().equals("storage")
                        ? STORAGE + option.name() + " =\n"
                        : STORAGE + "[" + option.section() + "]\n" + option.name() + " =\n";
                assertThat(read(text)).as(option.name()).isEqualTo(expected);
            }
        }
        assertThat(read(STORAGE + "transfer_max_bandwidth =\n").storage().bandwidth())
                .isEmpty();
        assertThat(read(STORAGE + "[cassandra]\nnodetool_flags =\n")
                        .cassandra()
                        .nodetool()
                        .flags())
                .isEmpty();
        assertThat(expected.cassandra().nodetool().flags()).isNotEmpty();
    }

    @Test
    void aByteOrderMarkAndWindowsLineEndsAreRead() throws IOException {
        assertThat(read("\uFEFF" + STORAGE.replace("\n", "\r\n"))).isEqualTo(read(STORAGE));
    }

    @Test
    void aTildeIsTheHomeDirectoryInEveryPath() throws IOException {
        Map<String, String> environment = Map.of("HOME", "/home/ops");
        MedusaConfig config = read(
                STORAGE.replace("/b", "~/b")
                        + "[cassandra]\nconfig_file = ~/c.yaml\ncertfile = ~\nuserkey = ~nobody-at-all/k\n"
                        + "usercert = ~root/c\nnodetool_executable = ~/bin/nodetool\n"
                        + "[ssh]\nkey_file = ~/.ssh/id_rsa\ncert_file = ~/.ssh/cert\n",
                Map.of(),
                environment);
        assertThat(config.storage().target()).isEqualTo(new StorageTarget.Local(Path.of("/home/ops/b/c")));
        assertThat(config.cassandra().configFile()).hasToString("/home/ops/c.yaml");
        assertThat(config.cassandra().caCertificates()).contains(Path.of("/home/ops"));
        assertThat(config.cassandra().clientKey()).contains(Path.of("~nobody-at-all/k"));
        assertThat(config.cassandra().clientCertificate()).contains(Path.of("/root/c"));
        assertThat(config.cassandra().nodetool().executable()).contains("/home/ops/bin/nodetool");
        assertThat(config.ssh().keyFile()).contains(Path.of("/home/ops/.ssh/id_rsa"));
        assertThat(config.ssh().certificateFile()).contains(Path.of("/home/ops/.ssh/cert"));
        assertThat(failure(() -> read(
                        "[storage]\nstorage_provider = s3\nbucket_name = c\nfqdn = n1\nkey_file = ~/none\n",
                        Map.of(),
                        environment)))
                .hasMessage("key_file in [storage] is '/home/ops/none': the file does not exist");
        assertThat(failure(() -> new ConfigReader(environment).read(Optional.of(Path.of("~/none.ini")), Map.of())))
                .hasMessage("config file /home/ops/none.ini does not exist");
    }

    @Test
    void encryptionThatIsAskedForAndNotDoneIsRefused() throws IOException {
        for (String option : List.of(
                "key_secret_base64 = QUJD",
                "encryption_tmp_dir = /tmp",
                "encryption_key = x",
                "sse_c_keys = x",
                "kms_key = x",
                "client_side_encryption = true")) {
            for (String text : List.of(STORAGE + option + "\n", "[DEFAULT]\n" + option + "\n" + STORAGE)) {
                assertThat(failure(() -> read(text)))
                        .as(text)
                        .hasMessageContaining("config option '" + option.substring(0, option.indexOf(' ')) + "' in [")
                        .hasMessageContaining("backups")
                        .hasMessageContaining("unencrypted");
            }
        }
        assertThat(read(STORAGE + "key_secret_base64 =\n")).isEqualTo(read(STORAGE));
        assertThat(failure(() -> read(STORAGE + "sse_c_key = " + "A".repeat(43) + "=\n")))
                .hasMessage("sse_c_key in [storage] works with S3 only, and storage_provider is local: backups would be"
                        + " stored without that encryption. Remove the option");
    }

    @Test
    void aHostWithItsPortIsTakenApart() throws IOException {
        assertThat(endpoint("host = minio.example.com:4203")).contains(URI.create("https://minio.example.com:4203"));
        assertThat(stores.warnings())
                .containsExactly("host in [storage] contains a port: write the port into port. Using port 4203");
        assertThat(endpoint("host = minio:9000\nport = 9000")).contains(URI.create("https://minio:9000"));
        assertThat(endpoint("host = [::1]:9000")).contains(URI.create("https://[::1]:9000"));
        assertThat(endpoint("host = ::1\nport = 9000")).contains(URI.create("https://[::1]:9000"));
        assertThat(endpoint("host = [::1]")).contains(URI.create("https://[::1]"));
        assertThat(failure(() -> endpoint("host = minio:9000\nport = 9001")))
                .hasMessage("host in [storage] is 'minio:9000': write the host name only; it names another port than"
                        + " port, which is 9001");
    }

    private Optional<URI> endpoint(String options) throws IOException {
        return s3("storage_provider = s3_compatible\n" + options).endpoint();
    }

    @ParameterizedTest
    @CsvSource({"true,true", "True,true", "yes,true", "ON,true", "1,true", "no,false", "False,false", "'',false"})
    void truthyWordsTurnTlsForJmxOn(String word, boolean tls) throws IOException {
        assertThat(read(STORAGE + "[cassandra]\nnodetool_ssl = " + word + "\n")
                        .cassandra()
                        .nodetool()
                        .tls())
                .isEqualTo(tls);
    }

    @ParameterizedTest
    @ValueSource(strings = {"None", "\"false\"", "true ; note"})
    void anythingElseMeansNoTlsForJmx(String word) throws IOException {
        Path file =
                Files.writeString(directory.resolve("ssl.ini"), STORAGE + "[cassandra]\nnodetool_ssl = " + word + "\n");
        assertThat(reader.read(Optional.of(file), Map.of())
                        .cassandra()
                        .nodetool()
                        .tls())
                .isFalse();
        assertThat(reader.warnings())
                .containsExactly("nodetool_ssl in [cassandra] is '" + word
                        + "': write True or False. Connecting to JMX without TLS");
    }

    @Test
    void aNameWithItsSectionInFrontIsFoundThere() throws IOException {
        Path file = Files.writeString(directory.resolve("p.ini"), STORAGE + "[cassandra]\nssh_username = medusa\n");
        reader.read(Optional.of(file), Map.of());
        assertThat(reader.warnings())
                .containsExactly("config option 'ssh_username' in [cassandra], line 7, is unknown and ignored; did you"
                        + " mean 'username' in [ssh]?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[storage]\nmax_bakup_age",
                "[storage]\nkeepdaily",
                "[storage]\nmax_age",
                "[storage]\nmax_backups",
                "[storage]\nkeep_dayly",
                "[storage]\nretention_days",
                "[storage]\nbackup_grace_period",
                "[storage]\nMaxBackupCount",
                "[cassandra]\nmax_backup_age",
                "[DEFAULT]\nmax_bakup_count"
            })
    void aMisspeltOrMisplacedRetentionOptionIsAnError(String option) throws IOException {
        String storage = STORAGE.replaceFirst("\\[storage]\n", "");
        String text =
                option.startsWith("[storage]") ? option + " = 7\n" + storage : option + " = 7\n[storage]\n" + storage;
        assertThat(failure(() -> read(text)))
                .hasMessageContaining("is unknown, and without it purge would delete backups it should keep");
    }

    @Test
    void anOptionThatOnlyLooksLikeItIsAWarning() throws IOException {
        for (String option : List.of("keepalive = 1", "concurent_transfers = 1", "backup_file_names = x")) {
            read(STORAGE + option + "\n");
        }
    }

    /** All options of the Python Medusa, as docs/compatibility.md 2.3 lists them, and what becomes of each. */
    @Test
    void everyOptionOfTheReferenceIsKnown() throws IOException {
        Map<String, List<String>> reference = new LinkedHashMap<>();
        reference.put(
                "storage",
                List.of(
                        "storage_provider bucket_name base_path key_file prefix fqdn storage_class host_file_separator max_backup_age"
                                + " max_backup_count backup_grace_period_in_days api_profile region transfer_max_bandwidth"
                                + " concurrent_transfers multi_part_upload_threshold multipart_chunksize"
                                + " multipart_max_concurrency host port secure ssl_verify s3_addressing_style kms_id sse_c_key"
                                + " read_timeout use_sudo_for_restore aws_cli_path k8s_mode"));
        reference.put(
                "cassandra",
                List.of(
                        "config_file start_cmd stop_cmd check_running is_ccm cql_username cql_password cql_k8s_secrets_path"
                                + " nodetool_k8s_secrets_path nodetool_executable nodetool_flags nodetool_ssl nodetool_username"
                                + " nodetool_password nodetool_password_file_path nodetool_host nodetool_port certfile usercert"
                                + " userkey sstableloader_bin sstableloader_ts sstableloader_tspw sstableloader_ks"
                                + " sstableloader_kspw resolve_ip_addresses use_sudo"));
        reference.put("ssh", List.of("username key_file port cert_file use_pty keepalive_seconds login_shell"));
        reference.put(
                "checks",
                List.of("health_check query expected_rows expected_result enable_md5_checks md5_check_concurrency"));
        reference.put("monitoring", List.of("monitoring_provider send_backup_name_tag"));
        reference.put("logging", List.of("enabled file level format maxbytes backupcount"));
        reference.put(
                "grpc",
                List.of("enabled port max_send_message_length max_receive_message_length ca_cert tls_cert tls_key"));
        reference.put("kubernetes", List.of("enabled cassandra_url use_mgmt_api ca_cert tls_cert tls_key"));
        reference.forEach((section, options) -> {
            for (String option : options.get(0).split(" ", -1)) {
                assertThat(Options.find(section, option))
                        .as(section + "." + option)
                        .isPresent();
            }
        });
    }

    @Test
    void aFileThatIsFarTooLargeIsRefusedInOneLine() throws IOException {
        Path large = directory.resolve("large");
        try (FileChannel channel = FileChannel.open(large, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}), 300L << 20);
        }
        assertThat(failure(() -> reader.read(Optional.of(large), Map.of())))
                .hasMessage("file " + large
                        + " is larger than 1 MB, which no file with a configuration, certificates, a key or passwords is."
                        + " Check the option that names it");
        assertThat(failure(() -> target("storage_provider = azure_blobs", "key_file = " + large)))
                .hasMessageContaining("is larger than 1 MB");
    }

    /** What is meant for a store of one's own must not weaken the connection to a provider's. */
    @Test
    void aProvidersStoreIsAlwaysReachedOverVerifiedHttps() throws IOException {
        String[] off = {"ssl_verify = False", "secure = False"};
        for (String provider : List.of("s3", "s3_us_east1", "S3_EU_CENTRAL")) {
            StorageTarget.S3 s3 = s3("storage_provider = " + provider, off[0], off[1], "host = s3.example.com");
            assertThat(s3.verified()).as(provider).isTrue();
            assertThat(s3.endpoint()).isEmpty();
            assertThat(stores.warnings())
                    .anyMatch(warning ->
                            warning.equals("ssl_verify and secure in [storage] are ignored: with storage_provider "
                                    + provider.toLowerCase(Locale.ROOT)
                                    + ", HTTPS is always used, and the certificate is always verified"));
        }
        for (String host : List.of("", "host = chinacloudapi.cn")) {
            StorageTarget.Azure azure =
                    (StorageTarget.Azure) target("storage_provider = azure_blobs", off[0], off[1], host);
            assertThat(azure.verified()).isTrue();
            assertThat(azure.url()).startsWith("https://acct.blob.core.");
        }
        StorageTarget.Gcs gcs = (StorageTarget.Gcs)
                target("storage_provider = google_storage", off[0], off[1], "host = storage-x.p.googleapis.com");
        assertThat(gcs.endpoint().orElseThrow()).hasToString("https://storage-x.p.googleapis.com");
        StorageTarget.Gcs withPort = (StorageTarget.Gcs)
                target("storage_provider = google_storage", off[1], "host = storage.googleapis.com:443");
        assertThat(withPort.endpoint().orElseThrow()).hasToString("https://storage.googleapis.com:443");
    }

    @Test
    void emulatorsOfAProvidersStoreAreReachedAsConfigured() throws IOException {
        for (String host : List.of(
                "127.0.0.1",
                "localhost",
                "fake-gcs",
                "fake-gcs.default.svc",
                "fake-gcs.default.svc.cluster.local",
                "Azurite.Internal",
                "gcs.localhost",
                "gcs.test")) {
            StorageTarget.Gcs gcs = (StorageTarget.Gcs)
                    target("storage_provider = google_storage", "secure = False", "host = " + host, "port = 4443");
            assertThat(gcs.endpoint().orElseThrow()).hasToString("http://" + host + ":4443");
            StorageTarget.Azure azure = (StorageTarget.Azure)
                    target("storage_provider = azure_blobs", "secure = False", "ssl_verify = False", "host = " + host);
            assertThat(azure.url()).as(host).startsWith("http://");
            assertThat(azure.verified()).as(host).isFalse();
        }
    }
}
