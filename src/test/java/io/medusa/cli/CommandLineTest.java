package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.testing.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What a user meets at the command line: help, wrong words, and everything that is not as it should be. */
final class CommandLineTest {
    @TempDir
    Path directory;

    private Path ini;
    private Cli medusa;

    @BeforeEach
    void configured() throws IOException {
        Path yaml = Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + Files.createDirectory(directory.resolve("data"))
                        + "\" ]\nlisten_address: 127.0.0.1\nrpc_address: 127.0.0.1\nnative_transport_port: "
                        + closedPort()
                        + "\nstorage_port: " + closedPort() + "\ncommitlog_directory: \""
                        + directory.resolve("commitlog")
                        + "\"\nsaved_caches_directory: \"" + directory.resolve("caches") + "\"\nhints_directory: \""
                        + directory.resolve("hints") + "\"\n");
        ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\n[cassandra]\nresolve_ip_addresses = False\nconfig_file = "
                        + yaml
                        + "\nnodetool_port = " + closedPort() + "\nstop_cmd = true\nstart_cmd = true\n");
        medusa = new Cli(ini).with("TMPDIR", directory.toString());
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void helpAndVersionNeedNoConfiguration() {
        Cli plain = new Cli();
        assertThat(plain.run().status()).isZero();
        assertThat(plain.run().out()).startsWith("Usage: medusa ").contains("\n  list-backups, list ");
        assertThat(plain.run("--help").out()).isEqualTo(plain.run().out());
        assertThat(plain.run("--version").out().strip()).isNotEmpty().doesNotContain(" ");
        assertThat(plain.run("version").out()).isEqualTo(plain.run("--version").out());
        assertThat(plain.run("help").out()).isEqualTo(plain.run().out());
        assertThat(plain.run("help", "status").out())
                .isEqualTo(plain.run("status", "--help").out());
        assertThat(plain.run("help", "statu").lastError())
                .isEqualTo("Error: No such command 'statu'. Did you mean status?");
        assertThat(plain.run("list", "--help").out())
                .isEqualTo(plain.run("list-backups", "--help").out());
        for (String command : List.of(
                "backup",
                "backup-node",
                "list-backups",
                "status",
                "verify",
                "download",
                "restore-node",
                "fetch-tokenmap",
                "report-last-backup",
                "get-last-complete-cluster-backup",
                "build-index",
                "clear-snapshots")) {
            Cli.Result help = plain.run("--config-file", "/no/such.ini", command, "--help");
            assertThat(help.status()).as(command).isZero();
            assertThat(help.out())
                    .startsWith("Usage: medusa ")
                    .contains("--output")
                    .as("for other programs")
                    .doesNotContain("--in-stagger", "--snapshot-id");
        }
    }

    @Test
    void wrongWordsAreUsageErrors() {
        assertUsage("Missing command.", "-v");
        assertUsage("No such command 'frobnicate'.", "frobnicate");
        assertUsage("No such command 'list-backup'. Did you mean", "list-backup");
        assertUsage("No such command 'restore'. Did you mean restore-node?", "restore", "--backup-name", "b");
        assertUsage("No such option: --frob", "list-backups", "--frob");
        assertUsage("No such option: --backup", "status", "--backup", "x");
        assertUsage("Missing option '--backup-name'.", "status");
        assertUsage("Missing option '--download-destination'.", "download", "--backup-name", "x");
        assertUsage("xml", "list-backups", "--output", "xml");
        assertUsage("some", "backup", "--mode", "some");
        assertUsage("'--stagger'", "backup", "--stagger", "soon");
        assertUsage("'soon' is not a whole number", "backup", "--stagger", "soon");
        assertUsage("Option '--backup-name' requires an argument.", "status", "--backup-name");
        assertUsage("Option '--output' requires an argument.", "list-backups", "--output");
        assertUsage("--percent needs --level sample", "verify", "--backup-name", "b", "--percent", "5");
    }

    @Test
    void everyCommandIsListedInOneGroupOrCalledByOthersOnly() {
        CommandLine root = new MedusaCommand(Map.of()).commandLine();
        String help = new Cli().run("--help").out();
        List<String> grouped =
                HelpPage.GROUPS.values().stream().flatMap(List::stream).toList();
        assertThat(grouped).doesNotHaveDuplicates();
        for (CommandLine command : Set.copyOf(root.getSubcommands().values())) {
            String name = command.getCommandName();
            boolean hidden = command.getCommandSpec().usageMessage().hidden();
            assertThat(grouped.contains(name)).as(name).isNotEqualTo(hidden);
            assertThat(help.contains("\n  " + name)).as(name).isNotEqualTo(hidden);
        }
        HelpPage.GROUPS.keySet().forEach(group -> assertThat(help).contains("\n" + group + ":\n"));
        String backup = new Cli().run("backup", "--help").out();
        assertThat(backup)
                .contains("\nGlobal options:\n", "\nExit status:\n", "\nExamples:\n")
                .doesNotContain("--ssh-");
        assertThat(new Cli().run("backup-cluster", "--help").out()).contains("--ssh-username");
    }

    @Test
    void withJsonAnErrorIsJsonToo() throws IOException {
        Cli.Result unknown = medusa.run("download", "--backup-name", "nosuch", "--download-destination", "/no/such");
        assertThat(unknown.out()).isEmpty();
        Cli.Result json = medusa.run("verify", "--backup-name", "nosuch", "--output", "json");
        assertThat(json.status()).isEqualTo(1);
        assertThat(json.out())
                .startsWith("{\"error\": {\"exit_status\": 1, \"kind\": \"backup_unknown\", \"message\": \"")
                .endsWith("\"}, \"version\": 1}\n");
        Cli.Result usage = medusa.run("verify", "--output=json");
        assertThat(usage.status()).isEqualTo(2);
        assertThat(usage.out())
                .isEqualTo("{\"error\": {\"exit_status\": 2, \"kind\": \"usage\", \"message\": \"Missing option"
                        + " '--backup-name' (or --all).\"}, \"version\": 1}\n");
        assertThat(medusa.run("backup", "--output", "json", "--output", "text").out())
                .as("the last one counts")
                .isEmpty();
    }

    @Test
    void scriptsCanTellFailuresApart() {
        assertThat(medusa.run("backup", "--backup-name", "one").status())
                .as("Cassandra is down, which scripts expect as any failure")
                .isEqualTo(1);
        assertThat(medusa.run("take-snapshot", "--backup-name", "one").status())
                .as("the same")
                .isEqualTo(13);
        assertThat(medusa.run("--bucket-name", "a/b", "list-backups").status()).isEqualTo(2);
        assertThat(medusa.run("download", "--backup-name", "no", "--download-destination", directory.toString())
                        .status())
                .isEqualTo(1);
    }

    private void assertUsage(String message, String... arguments) {
        Cli.Result result = medusa.run(arguments);
        assertThat(result.status()).as(message).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines().toList())
                .as("short: what is wrong comes first")
                .hasSize(2);
        assertThat(result.err()).startsWith("Error: ");
        assertThat(result.err().lines().findFirst().orElseThrow()).contains(message);
        assertThat(result.err().strip()).contains("\nTry 'medusa").endsWith(" --help' for help.");
    }

    @Test
    void globalOptionsAreTakenBeforeAndAfterTheCommandAndTheLastOneCounts() {
        assertThat(medusa.run("--fqdn", "a", "list-backups", "--fqdn=b").status())
                .isZero();
        assertThat(new Cli()
                        .run("list-backups", "--config-file", ini.toString())
                        .status())
                .isZero();
        Cli.Result verbose = medusa.run("-vvv", "list-backups");
        assertThat(verbose.status()).isZero();
        assertThat(medusa.run("list-backups", "-v", "--without-log-timestamp").err())
                .startsWith("INFO: No backups found in index.");
        assertThat(medusa.run("list-backups", "--no-show-all", "--output", "text", "--output", "json")
                        .out())
                .isEqualTo("[]\n");
    }

    @Test
    void B3_theKeyFilesOfStorageAndSshAreTwo() {
        MedusaCommand command = new MedusaCommand(Map.of());
        command.commandLine()
                .parseArgs("--key-file", "k", "list-backups", "--ssh-username", "u", "--ssh-key-file", "s");
        assertThat(command.overrides())
                .isEqualTo(Map.of("storage.key_file", "k", "ssh.username", "u", "ssh.key_file", "s"));
    }

    @Test
    void configurationThatCannotBeUsed() throws IOException {
        Cli.Result none = new Cli()
                .run(
                        "list-backups",
                        "--config-file",
                        directory.resolve("no.ini").toString());
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.lastError()).isEqualTo("ERROR: config file " + directory.resolve("no.ini") + " does not exist");
        Files.writeString(ini, "[storag]\n");
        assertThat(medusa.run("list-backups").lastError())
                .isEqualTo("ERROR: config section [storag] is unknown; did you mean [storage]?");
        Files.writeString(ini, "[storage]\nstorage_provider = local\n");
        assertThat(medusa.run("list-backups").status()).isEqualTo(2);
    }

    @Test
    void cassandraThatIsDownOrUnknown() throws IOException {
        Cli.Result down = medusa.run("backup", "--backup-name", "one");
        assertThat(down.status()).isEqualTo(1);
        assertThat(down.lastError())
                .startsWith("ERROR: Cassandra's CQL at 127.0.0.1:")
                .contains("is Cassandra up");
        assertThat(down.err()).doesNotContain("\tat ");
        assertThat(directory.resolve("bucket/n1")).doesNotExist();
        assertThat(directory.resolve("medusa_backup_in_progress")).doesNotExist();
        Files.delete(directory.resolve("cassandra.yaml"));
        Cli.Result yaml = medusa.run("backup", "--backup-name", "one");
        assertThat(yaml.status()).isEqualTo(1);
        assertThat(yaml.lastError()).contains("cassandra.yaml").contains("it does not exist; set config_file");
        assertThat(medusa.run("list-backups").status()).as("needs no Cassandra").isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "full-differential", "incremental"})
    void namesThatBothProgramsKeepApart(String name) {
        assertThat(medusa.run("backup", "--backup-name=" + name).lastError())
                .as("the name is taken; Cassandra is down")
                .startsWith("ERROR: Cassandra's CQL at 127.0.0.1:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "..",
                ".",
                "",
                "data1",
                "mynodes",
                "a-manifest",
                "data",
                "started1",
                "x-finished",
                "my_tokenmap",
                "a%b",
                "a'b",
                "a\"b",
                "$(id)",
                "a;b",
                "-x",
                ".x",
                "ü",
                "a\nb"
            })
    void S5_namesThatBreakABucketOrACommandLine(String name) {
        Cli.Result result = medusa.run("backup", "--backup-name=" + name);
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.lastError()).startsWith("ERROR: backup name '").contains("cannot be used");
        assertThat(result.err().strip().lines()).hasSize(1);
    }

    @Test
    void unknownBackups() throws IOException {
        assertThat(medusa.run("restore-node", "--backup-name", "nosuch").lastError())
                .startsWith("ERROR: No such backup: nosuch of node n1");
        Path target = Files.createDirectory(directory.resolve("target"));
        Cli.Result download =
                medusa.run("download", "--backup-name", "nosuch", "--download-destination", target.toString());
        assertThat(download.status()).isEqualTo(1);
        assertThat(download.lastError()).startsWith("ERROR: No such backup");
        assertThat(medusa.run("download", "--backup-name", "x", "--download-destination", "/no/such/place")
                        .lastError())
                .isEqualTo("ERROR: /no/such/place is not a directory. Create it, or choose another");
        assertThat(medusa.run("restore-node", "--backup-name", "../../etc").status())
                .isEqualTo(1);
    }

    @Test
    void aMappingOfPodsNeedsTheNameOfThisOne() {
        Cli.Result result = medusa.with("BACKUP_NAME", "b1")
                .with("RESTORE_KEY", "key")
                .with("RESTORE_MAPPING", "{\"in_place\": false, \"host_map\": {}}")
                .run("restore-pod", "--state-dir", directory.toString());
        assertThat(result.status()).isNotZero();
        assertThat(result.lastError()).contains("POD_NAME is not set");
        assertThat(directory.resolve(".last-restore")).doesNotExist();
    }

    @Test
    void S7_hostileManifestsRestoreNothing() throws IOException {
        Path meta = Files.createDirectories(directory.resolve("bucket/n1/evil/meta"));
        Files.writeString(meta.resolve("schema.cql"), "");
        Path live = Files.createDirectories(directory.resolve("data/ks/t-" + "0".repeat(32)));
        Files.writeString(live.resolve("nb-1-big-Data.db"), "live");
        String table = "\"keyspace\": \"ks\", \"columnfamily\": \"t-" + "0".repeat(32) + "\"";
        String good = "n1/evil/data/ks/t-" + "0".repeat(32) + "/nb-1-big-Data.db";
        for (String objects : List.of(
                object("n1/evil/data/ks/t-" + "0".repeat(32) + "/../../../../../tmp/x", 1),
                object("/etc/passwd", 1),
                object("n2/evil/data/ks/t-" + "0".repeat(32) + "/f", 1),
                object("n1/other/data/ks/t-" + "0".repeat(32) + "/f", 1),
                object("n1/evil/data/ks/u-" + "0".repeat(32) + "/f", 1),
                object("n1/evil/meta/schema.cql", 0),
                object(good, 1) + ", " + object(good, 1),
                object(good, -1))) {
            Files.writeString(meta.resolve("manifest.json"), "[{" + table + ", \"objects\": [" + objects + "]}]");
            Cli.Result result = medusa.run("restore-node", "--backup-name", "evil");
            assertThat(result.status()).as(objects).isEqualTo(1);
            assertThat(result.lastError()).as(objects).startsWith("ERROR: the backup's manifest.json cannot be used");
            assertThat(live.resolve("nb-1-big-Data.db")).hasContent("live");
        }
        // a manifest that lies about size or content
        Files.writeString(meta.resolve("schema.cql"), "CREATE TABLE ks.t (id int PRIMARY KEY);");
        Files.createDirectories(directory.resolve("bucket").resolve(good).getParent());
        Files.writeString(directory.resolve("bucket").resolve(good), "bytes");
        for (String objects : List.of(
                object(good, 4),
                object(good, 6),
                "{\"path\": \"" + good + "\", \"MD5\": \"" + "0".repeat(32) + "\", \"size\": 5}")) {
            Files.writeString(meta.resolve("manifest.json"), "[{" + table + ", \"objects\": [" + objects + "]}]");
            Cli.Result result = medusa.run("restore-node", "--backup-name", "evil");
            assertThat(result.status()).as(objects).isEqualTo(1);
            assertThat(result.lastError()).as(objects).contains(good).contains("Nothing was changed");
            assertThat(live.resolve("nb-1-big-Data.db")).hasContent("live");
        }
    }

    private static String object(String path, int size) {
        return "{\"path\": \"" + path + "\", \"MD5\": null, \"size\": " + size + "}";
    }

    @Test
    void B33_anInterruptedDownloadIsCarriedOn() throws IOException {
        Path bucket = directory.resolve("bucket");
        String key = "n1/one/data/ks/t-" + "0".repeat(32) + "/nb-1-big-Data.db";
        Files.createDirectories(bucket.resolve(key).getParent());
        Files.writeString(bucket.resolve(key), "abc");
        Path meta = Files.createDirectories(bucket.resolve("n1/one/meta"));
        Files.writeString(meta.resolve("schema.cql"), "");
        Files.writeString(
                meta.resolve("manifest.json"),
                "[{\"keyspace\": \"ks\", \"columnfamily\": \"t-" + "0".repeat(32) + "\", \"objects\": [{\"path\": \""
                        + key + "\", \"MD5\": \"900150983cd24fb0d6963f7d28e17f72\", \"size\": 3}]}]");
        Path target = Files.createDirectory(directory.resolve("target"));
        Path file = target.resolve("ks/t-" + "0".repeat(32) + "/nb-1-big-Data.db");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "ab");
        for (String counts : List.of("\"downloaded_objects\": 1", "\"downloaded_objects\": 0")) {
            assertThat(medusa.run(
                                    "download",
                                    "--backup-name",
                                    "one",
                                    "--download-destination",
                                    target.toString(),
                                    "--output",
                                    "json")
                            .ok()
                            .out())
                    .contains(counts);
            assertThat(file).hasContent("abc");
        }
        Files.writeString(file, "abd");
        medusa.run("download", "--backup-name", "one", "--download-destination", target.toString())
                .ok();
        assertThat(file).hasContent("abc");
        assertThat(file.getParent()).isDirectoryContaining(found -> found.equals(file));
    }
}
