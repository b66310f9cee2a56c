package io.medusa.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.app.Medusa;
import io.medusa.config.ConfigReader;
import io.medusa.grpc.ReportEndpoint;
import io.medusa.grpc.ServedNode;
import io.medusa.model.NodeName;
import io.medusa.testing.Certificates;
import io.medusa.testing.Cli;
import io.medusa.transfer.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page about the backups of three nodes, which are files without a database. What it writes dev/browser/run looks at, too. */
final class ReportTest {
    private static final List<String> NAMES = List.of("db1.example", "db2.example", "db3.example");
    private static final Pattern EPOCH = Pattern.compile("(.*_)([0-9]{9,12})(\\.timestamp)");
    private static final Path PAGES = Path.of("target/report");

    @TempDir
    Path directory;

    private final List<ServedNode> nodes = new ArrayList<>();

    @BeforeEach
    void cluster() throws Exception {
        Files.createDirectories(PAGES);
        for (String name : NAMES) {
            NodeName[] others = NAMES.stream()
                    .filter(other -> !other.equals(name))
                    .map(NodeName::new)
                    .toArray(NodeName[]::new);
            nodes.add(new ServedNode(Files.createDirectories(directory.resolve(name)), directory, name, others));
        }
    }

    @AfterEach
    void close() throws Exception {
        for (ServedNode node : nodes) {
            node.close();
        }
    }

    private Cli cli(int index, String... storage) throws IOException {
        Path ini = nodes.get(index).ini();
        Files.writeString(
                ini, Files.readString(ini).replace("max_backup_count = 1\n", String.join("\n", storage) + "\n"));
        return new Cli(ini)
                .with("TMPDIR", directory.resolve(NAMES.get(index)).toString())
                .onNode(nodes.get(index)::cassandra);
    }

    private void backUp(String name, Duration ago, int howMany) throws IOException {
        for (int i = 0; i < howMany; i++) {
            nodes.get(i).node().sstable("shop", "orders", 1 + (int) ago.toDays(), name.repeat(1 + i));
            cli(i).run("backup", "--backup-name", name).ok();
        }
        shift(name, ago);
    }

    /** As if it had been taken before. */
    private void shift(String name, Duration ago) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("bucket/index/backup_index/" + name))) {
            for (Path file : files.toList()) {
                Matcher epoch = EPOCH.matcher(file.getFileName().toString());
                if (epoch.matches()) {
                    long then = Long.parseLong(epoch.group(2)) - ago.toSeconds();
                    Files.move(file, file.resolveSibling(epoch.group(1) + then + epoch.group(3)));
                }
            }
        }
    }

    private String page(String file, String... storage) throws IOException {
        Path html = PAGES.resolve(file);
        cli(0, storage).run("report", "--html", html.toString()).ok();
        return Files.readString(html);
    }

    @Test
    void aClusterThatIsWellBackedUpHasNothingToTell() throws Exception {
        for (int day = 3; day >= 0; day--) {
            backUp("day-" + day, Duration.ofDays(day), 3);
        }
        assertThat(cli(0).run("verify", "--all").ok().status()).isZero();
        String page = page("well.html", "max_backup_count = 3");
        assertThat(page)
                .contains("<title>Backups: all is well</title>")
                .doesNotContain("id=\"problems\"")
                .contains("Backups of each node")
                .contains("● 3 of 3")
                .contains("● good")
                .contains("the next purge")
                .doesNotContain("never");
        assertThat(page.indexOf("<th scope=\"row\">db1.example"))
                .as("nodes in order")
                .isPositive()
                .isLessThan(page.indexOf("<th scope=\"row\">db2.example"));
        assertThat(page.split("<span class=\"spoken\">finished", -1)).hasSize(1 + 3 * 4);
    }

    @Test
    void problemsComeFirstAndSayWhatToDo() throws Exception {
        backUp("day-5", Duration.ofDays(5), 3);
        backUp("day-4", Duration.ofDays(4), 3);
        backUp("day-3", Duration.ofDays(3), 2);
        try (Stream<Path> data = Files.walk(directory.resolve("bucket/db2.example/data"))) {
            Files.delete(data.filter(path -> path.toString().endsWith("6-big-Data.db"))
                    .findFirst()
                    .orElseThrow());
        }
        assertThat(cli(0).run("verify", "--backup-name", "day-4").status()).isEqualTo(1);
        String page = page("problems.html");
        assertThat(page)
                .contains("The newest complete backup is 4 days old; usually there is one every 24 hours.")
                .contains("Backup day-3 lacks db3.example.")
                .contains("medusa backup-cluster --resume --backup-name day-3 resumes it")
                .contains("Backup day-4 is damaged: verification found ")
                .contains("No retention rule is set")
                .contains("<span class=\"spoken\">missing")
                .contains("◐ 2 of 3");
        assertThat(page.indexOf("Backup day-4 is damaged"))
                .as("the worst first, and before everything else")
                .isLessThan(page.indexOf("Backup day-3 lacks"))
                .isLessThan(page.indexOf("<h2>Timeline"));
    }

    @Test
    void aFailedBackupIsNeverUnderAllIsWell() throws Exception {
        for (int day = 3; day >= 1; day--) {
            backUp("day-" + day, Duration.ofDays(day).minusHours(1), 3);
        }
        cli(0).run("verify", "--all").ok();
        String page = page("before-the-next.html", "max_backup_count = 30");
        assertThat(page).contains("<title>Backups: all is well</title>");
        nodes.get(1).node().failSnapshots(true);
        assertThat(cli(1).run("backup", "--backup-name", "day-0").status()).isEqualTo(1);
        page = page("failed.html", "max_backup_count = 30");
        assertThat(page)
                .contains("<title>Backups: 1 problem</title>")
                .contains("Backup day-0 failed on db2.example: ")
                .contains("(cassandra_failed)")
                .contains("medusa backup-cluster --resume --backup-name day-0 resumes it")
                .contains("<span class=\"spoken\">failed")
                .contains("title=\"db2.example, day-0: failed at ");
    }

    @Test
    void ofManyNodesThoseThatLackSomethingAreShown() throws Exception {
        NodeName[] ring = java.util.stream.IntStream.range(2, 42)
                .mapToObj(i -> new NodeName("10.0.0." + i))
                .toArray(NodeName[]::new);
        Path own = Files.createDirectories(directory.resolve("many"));
        try (ServedNode one = new ServedNode(own, directory, "10.0.0.1", ring)) {
            one.node().sstable("shop", "orders", 1, "a");
            Cli cli = new Cli(one.ini()).with("TMPDIR", own.toString()).onNode(one::cassandra);
            cli.run("backup", "--backup-name", "lonely").ok();
            Path html = PAGES.resolve("many.html");
            cli.run("report", "--html", html.toString()).ok();
            String page = Files.readString(html);
            assertThat(page)
                    .contains("All of these backups: 1 of 41 nodes")
                    .doesNotContain("<th scope=\"row\">10.0.0.1<");
            assertThat(page.indexOf("<th scope=\"row\">10.0.0.9<"))
                    .as("as people count")
                    .isPositive()
                    .isLessThan(page.indexOf("<th scope=\"row\">10.0.0.10<"));
        }
    }

    @Test
    void anEmptyBucketAndAWrongFileAreTold() throws Exception {
        Files.createDirectories(directory.resolve("bucket"));
        assertThat(page("empty.html")).contains("There is no backup.").contains("medusa build-index");
        Cli.Result nowhere = cli(0).run(
                        "report",
                        "--html",
                        directory.resolve("no/such/page.html").toString());
        assertThat(nowhere.status()).isEqualTo(1);
        assertThat(nowhere.lastError()).contains("no/such");
        assertThat(nowhere.lastError()).contains("no/such does not exist");
        assertThat(cli(0).run("report").status()).isEqualTo(2);
        for (String none : List.of("/dev/null", "", directory.toString())) {
            assertThat(cli(0).run("report", "--html", none).status()).as(none).isEqualTo(2);
        }
        assertThat(cli(0).run("report", "--html", "x.html", "--last", "0").status())
                .isEqualTo(2);
    }

    @Test
    void namesInTheBucketCannotBringScriptsIn() throws Exception {
        backUp("plain", Duration.ofHours(1), 3);
        Path index = directory.resolve("bucket/index/backup_index");
        String evil = "<script>alert(1)<'\">&";
        Files.move(index.resolve("plain"), index.resolve(evil));
        for (String node : NAMES) {
            Path own = directory.resolve("bucket/" + node);
            Files.move(own.resolve("plain"), own.resolve(evil));
        }
        Files.writeString(
                directory.resolve("bucket/index/verified.json"),
                "{\"<script>alert(1)<'\\\"\\u003e&\": [\"1700000000\", \"<img src=x>\", \"1\"], \"..\": 1, \"x\": []}");
        String page = page("evil.html");
        assertThat(page)
                .contains("&lt;script&gt;alert(1)")
                .doesNotContain("<script")
                .doesNotContain("<img")
                .contains("content=\"default-src &#x27;none&#x27;");
    }

    @Test
    void aGarbledNoteOfVerificationsChangesNothing() throws Exception {
        backUp("b1", Duration.ofHours(1), 3);
        Path note = directory.resolve("bucket/index/verified.json");
        Files.writeString(note, "garbage");
        assertThat(page("garbled.html")).contains("never");
        cli(0).run("verify", "--backup-name", "b1").ok();
        assertThat(note).as("only a check of all backups may forget it").hasContent("garbage");
        assertThat(record()).contains("\"b1\"").contains("exists");
        cli(0).run("delete-backup", "--backup-name", "b1", "--all-nodes").ok();
        backUp("b2", Duration.ofHours(1), 3);
        cli(0).run("verify", "--all").ok();
        assertThat(note).doesNotExist();
        assertThat(record()).contains("\"b2\"").doesNotContain("\"b1\"");
    }

    private String record() throws Exception {
        try (var records = Files.list(directory.resolve("bucket/index/verified"))) {
            List<Path> all =
                    records.filter(path -> path.toString().endsWith(".json")).toList();
            assertThat(all).hasSize(1);
            return Files.readString(all.get(0));
        }
    }

    @Test
    void aManifestThatCannotBeReadIsAProblem() throws Exception {
        backUp("b1", Duration.ofHours(1), 3);
        cli(0).run("verify", "--all").ok();
        Files.writeString(directory.resolve("bucket/db2.example/b1/meta/manifest.json"), "{\"broken");
        assertThat(page("broken.html"))
                .contains("The manifest of backup b1 cannot be read for db2.example.")
                .contains("medusa verify --backup-name b1 shows what is wrong");
    }

    @Test
    void clientsThatSayNothingDoNotKeepOthersWaiting() throws Exception {
        backUp("b1", Duration.ofHours(1), 3);
        Path ini = nodes.get(0).ini();
        List<Socket> silent = new ArrayList<>();
        try (ReportEndpoint endpoint = new ReportEndpoint(Optional.empty(), 0, Optional.empty(), shown -> open(ini))) {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
                socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
                silent.add(socket);
            }
            URI url = URI.create("http://localhost:" + endpoint.port() + "/");
            assertThat(HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(url)
                                            .timeout(Duration.ofSeconds(8))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            try (Socket rebound = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
                rebound.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(new BufferedReader(
                                        new InputStreamReader(rebound.getInputStream(), StandardCharsets.US_ASCII))
                                .readLine())
                        .as("a page of others whose name leads here")
                        .contains("403");
            }
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void S8_theServiceOffersThePageToClientsWithACertificateOnly() throws Exception {
        backUp("b1", Duration.ofHours(1), 3);
        Path ini = nodes.get(0).ini();
        Certificates authority = new Certificates(directory.resolve("ca"), "ours");
        try (ReportEndpoint endpoint = new ReportEndpoint(
                Optional.of("127.0.0.1"),
                0,
                Optional.of(ServedNode.files(authority, authority.pair("server"))),
                shown -> open(ini))) {
            URI url = URI.create("https://127.0.0.1:" + endpoint.port() + "/");
            HttpClient known = HttpClient.newBuilder()
                    .sslContext(ServedNode.files(authority, authority.pair("client"))
                            .context())
                    .build();
            HttpResponse<String> answer = known.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("db3.example").contains("b1");
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'");
            assertThat(known.send(
                                    HttpRequest.newBuilder(url)
                                            .POST(BodyPublishers.ofString("x"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(405);
            assertThat(known.send(
                                    HttpRequest.newBuilder(url.resolve("/etc/passwd"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(404);
            HttpClient nobody = HttpClient.newBuilder()
                    .sslContext(new io.medusa.os.PemFiles(
                                    Optional.of(authority.ca()), Optional.empty(), Optional.empty(), "of the test")
                            .context())
                    .build();
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> nobody.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    private Medusa open(Path ini) {
        return new Medusa(
                new ConfigReader(Map.of()).read(Optional.of(ini), Map.of()),
                Map.of("TMPDIR", directory.toString()),
                Progress.NONE,
                null,
                Optional::empty);
    }
}
