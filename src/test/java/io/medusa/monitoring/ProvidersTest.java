package io.medusa.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.medusa.app.Medusa;
import io.medusa.config.ConfigReader;
import io.medusa.grpc.MetricsEndpoint;
import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.transfer.Progress;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProvidersTest {
    @TempDir
    Path directory;

    private FakeCassandraNode node;
    private Path file;

    @BeforeEach
    void node() throws IOException {
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        node.sstable("ks", "t", 1, "some rows");
        file = directory.resolve("medusa.prom");
    }

    private Path ini(String... monitoring) throws IOException {
        return Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\nmax_backup_count = 1\nbackup_grace_period_in_days = 0\n"
                        + "[cassandra]\nresolve_ip_addresses = False\n[monitoring]\n" + String.join("\n", monitoring)
                        + "\n");
    }

    private Cli medusa(String... monitoring) throws IOException {
        return new Cli(ini(monitoring)).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private List<String> lines() throws IOException {
        try (Stream<String> all = Files.lines(file)) {
            return all.filter(line -> !line.startsWith("#")).toList();
        }
    }

    private double value(String series) throws IOException {
        return lines().stream()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(series + " is not among " + file));
    }

    @Test
    void everyBackupMeasuresWhatVerificationsOfOtherHostsFound() throws IOException {
        String[] prometheus = {"monitoring_provider = prometheus", "prometheus_file = " + file};
        medusa(prometheus).run("backup", "--backup-name", "b1").ok();
        assertThat(value("medusa_verify_findings{node=\"n1\"}")).isZero();
        Path data;
        try (Stream<Path> all = Files.walk(directory.resolve("bucket/n1/data"))) {
            data = all.filter(path -> path.toString().endsWith("-Data.db"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(data);
        Cli otherHost = medusa();
        assertThat(otherHost.run("verify", "--all").status()).isEqualTo(1);
        medusa(prometheus).run("backup", "--backup-name", "b2").ok();
        assertThat(value("medusa_verify_findings{node=\"n1\"}")).isEqualTo(1);
        assertThat(value("medusa_verify_all_timestamp_seconds{kind=\"exists\",node=\"n1\"}"))
                .isGreaterThan(1.7e9);
        medusa().run("verify", "--all").ok();
        medusa(prometheus).run("purge").ok();
        assertThat(value("medusa_verify_findings{node=\"n1\"}")).isZero();
    }

    @Test
    void prometheusFileHoldsWhatTheLastRunOfEachCommandHasMeasured() throws IOException {
        Cli medusa = medusa("monitoring_provider = prometheus", "prometheus_file = " + file);
        medusa.run("backup", "--backup-name", "b1").ok();
        assertThat(value("medusa_node_backup_size_bytes{node=\"n1\"}")).isPositive();
        assertThat(value("medusa_node_backup_uploaded_bytes{node=\"n1\"}")).isPositive();
        assertThat(value("medusa_node_backup_error{node=\"n1\"}")).isZero();
        assertThat(value("medusa_node_backup_failed{kind=\"none\",node=\"n1\"}"))
                .isZero();
        double finished = value("medusa_node_backup_finished_timestamp_seconds{node=\"n1\"}");
        assertThat(finished).isGreaterThan(1.7e9);
        medusa.run("backup", "--backup-name", "b2").ok();
        assertThat(value("medusa_node_backup_uploaded_bytes{node=\"n1\"}")).isZero();
        assertThat(value("medusa_node_backup_reused_bytes{node=\"n1\"}")).isPositive();
        medusa.run("purge").ok();
        medusa.run("verify", "--all").ok();
        medusa.run("report-last-backup", "--push-metrics").ok();
        assertThat(value("medusa_node_backup_purged_backups{node=\"n1\"}")).isEqualTo(1);
        assertThat(value("medusa_verify_findings{node=\"n1\"}")).isZero();
        assertThat(value("medusa_cluster_backup_age_seconds{node=\"n1\"}")).isLessThan(3600);
        assertThat(value("medusa_node_backup_finished_timestamp_seconds{node=\"n1\"}"))
                .as("what another command has measured stays")
                .isGreaterThanOrEqualTo(finished);
        node.failSnapshots(true);
        assertThat(medusa.run("backup", "--backup-name", "b3").status()).isEqualTo(1);
        assertThat(value("medusa_node_backup_failed{kind=\"cassandra_failed\",node=\"n1\"}"))
                .isEqualTo(1);
        assertThat(lines().stream().filter(line -> line.startsWith("medusa_node_backup_failed")))
                .as("the success is replaced")
                .hasSize(1);
        assertThat(Files.readAllLines(file))
                .allMatch(line -> line.matches("# (HELP|TYPE) medusa_.*|medusa_[a-z_]+(\\{.*\\})? [-0-9.E+]+"));
        assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .as("node exporter is another user")
                .isEqualTo("rw-r--r--");
    }

    @Test
    void backupAndPurgeMeasureTheClusterAndNameIt() throws IOException {
        Path yaml = Files.writeString(directory.resolve("named.yaml"), "cluster_name: 'Test Cluster'\n");
        Cli medusa = medusa("monitoring_provider = prometheus", "prometheus_file = " + file);
        Path ini = directory.resolve("medusa.ini");
        Files.writeString(ini, Files.readString(ini).replace("[cassandra]", "[cassandra]\nconfig_file = " + yaml));
        medusa.run("backup", "--backup-name", "b1").ok();
        String labels = "{cluster=\"Test Cluster\",node=\"n1\"}";
        double finished = value("medusa_cluster_backup_finished_timestamp_seconds" + labels);
        assertThat(finished).isGreaterThan(1.7e9);
        assertThat(value("medusa_cluster_backup_complete_nodes" + labels)).isEqualTo(1);
        assertThat(value("medusa_cluster_backup_missing_nodes" + labels)).isZero();
        assertThat(value("medusa_build_info{cluster=\"Test Cluster\",node=\"n1\",version=\"development\"}"))
                .isEqualTo(1);
        Files.delete(file);
        medusa.run("purge").ok();
        assertThat(value("medusa_cluster_backup_finished_timestamp_seconds" + labels))
                .isEqualTo(finished);
        medusa("monitoring_provider = prometheus", "prometheus_file = " + file, "cluster = prod")
                .run("purge")
                .ok();
        assertThat(value("medusa_node_backup_purged_backups{cluster=\"prod\",node=\"n1\"}"))
                .isZero();
    }

    @Test
    void aSecondBackupThatIsRefusedDoesNotLookLikeAFailure() throws IOException {
        Cli medusa = medusa("monitoring_provider = prometheus", "prometheus_file = " + file);
        medusa.run("backup", "--backup-name", "b1").ok();
        try (ExclusiveLock restore =
                ExclusiveLock.acquire(directory, "medusa_restore_in_progress.n1", "a restore of node n1")) {
            assertThat(medusa.run("backup", "--backup-name", "b2").status()).isEqualTo(11);
            assertThat(restore.identity()).isPresent();
        }
        assertThat(value("medusa_node_backup_failed{kind=\"none\",node=\"n1\"}"))
                .isZero();
        assertThat(value("medusa_node_backup_error{node=\"n1\"}")).isZero();
    }

    /** .ci/monitoring shows the file to promtool. */
    @Test
    void everyMetricHasAHelpText() throws IOException {
        assertThat(Metric.values())
                .allSatisfy(metric -> assertThat(metric.help()).matches("[A-Z].{20,}\\."));
        Path all = Files.createDirectories(Path.of("target/metrics")).resolve("medusa.prom");
        Files.deleteIfExists(all);
        Monitor monitor = PrometheusFile.monitor(all, new Source(Optional.of("prod"), "n1"));
        for (Metric metric : Metric.values()) {
            monitor.send(new Measurement(metric, metric == Metric.NODE_BACKUP_FAILED ? "BUG" : "", 1));
        }
        monitor.flush();
        assertThat(Files.readAllLines(all).stream().filter(line -> line.startsWith("# HELP ")))
                .hasSameSizeAs(Metric.values());
    }

    @Test
    void damageOfAnEarlierBackupIsForgotten() throws IOException {
        Cli medusa = medusa("monitoring_provider = prometheus", "prometheus_file = " + file);
        Path data = node.component("ks", "t", 1, "Data.db");
        Files.write(data, new byte[] {1, 2, 3});
        assertThat(medusa.run("backup", "--backup-name", "b1").status()).isEqualTo(3);
        assertThat(value("medusa_node_backup_damaged_files{node=\"n1\"}")).isEqualTo(1);
        node.remove("ks", "t", 1);
        node.sstable("ks", "t", 2, "scrubbed");
        medusa.run("backup", "--backup-name", "b2").ok();
        assertThat(value("medusa_node_backup_damaged_files{node=\"n1\"}")).isZero();
    }

    @Test
    void everyAlertHasItsPlaceInTheGuide() throws IOException {
        String guide = Files.readString(Path.of("docs/guide.md"));
        String rules = Files.readString(Path.of("src/main/dist/share/prometheus/medusa.rules.yml"));
        List<String> alerts = Pattern.compile("- alert: (\\S+)")
                .matcher(rules)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(alerts).hasSizeGreaterThan(8).allSatisfy(alert -> assertThat(guide)
                .contains("\n#### " + alert + "\n"));
        assertThat(alerts).allSatisfy(alert -> assertThat(rules)
                .contains("runbook_url: \"guide.md#" + alert.toLowerCase(Locale.ROOT) + "\""));
    }

    @Test
    void theServiceOffersTheSameAndTheAgeOfTheLastBackup() throws Exception {
        Path ini = ini("monitoring_provider = prometheus", "prometheus_file = " + file);
        medusa("monitoring_provider = prometheus", "prometheus_file = " + file)
                .run("backup", "--backup-name", "b1")
                .ok();
        Map<String, String> environment = Map.of("TMPDIR", directory.toString());
        try (MetricsEndpoint endpoint = new MetricsEndpoint(
                0,
                file,
                shown -> new Medusa(
                        new ConfigReader(environment).read(Optional.of(ini), Map.of()),
                        environment,
                        Progress.NONE,
                        null,
                        Optional::empty))) {
            String text = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + "/metrics"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            assertThat(text)
                    .contains("medusa_node_backup_size_bytes{node=\"n1\"}")
                    .contains("medusa_node_backup_age_seconds{node=\"n1\"}")
                    .contains("medusa_cluster_backup_complete_nodes{node=\"n1\"} 1.0");
        }
    }

    @Test
    void aCollectorThatIsNotThereIsToldAndFailsNothing() throws IOException {
        int nobody = io.medusa.testing.RealNode.freePort();
        Cli.Result done = medusa("monitoring_provider = otlp", "otlp_url = http://127.0.0.1:" + nobody + "/v1/metrics")
                .run("backup", "--backup-name", "b1")
                .ok();
        assertThat(done.err())
                .contains("Metrics could not be sent to http://127.0.0.1:" + nobody + "/v1/metrics: Connection refused")
                .contains("check otlp_url in [monitoring]");
    }

    @Test
    void dashboardAndAlertRulesAskForWhatIsMeasured() throws IOException {
        Cli medusa = medusa("monitoring_provider = prometheus", "prometheus_file = " + file);
        java.nio.file.Files.write(node.component("ks", "t", 1, "Data.db"), new byte[] {1, 2, 3});
        assertThat(medusa.run("backup", "--backup-name", "b1").status()).isEqualTo(3);
        medusa.run("purge").ok();
        medusa.run("verify", "--all");
        medusa.run("report-last-backup", "--push-metrics").ok();
        Set<String> measured = new TreeSet<>();
        lines().forEach(line -> measured.add(line.replaceFirst("[ {].*", "")));
        Set<String> asked = new TreeSet<>();
        for (String shipped : List.of("grafana/medusa.json", "prometheus/medusa.rules.yml")) {
            java.util.regex.Matcher name = Pattern.compile("medusa_[a-z_]+")
                    .matcher(Files.readString(Path.of("src/main/dist/share", shipped)));
            while (name.find()) {
                asked.add(name.group());
            }
        }
        assertThat(asked).hasSizeGreaterThan(8);
        // a local store is asked nothing by requests
        asked.remove("medusa_store_requests");
        // one backup shows no schedule
        asked.remove("medusa_cluster_backup_due_timestamp_seconds");
        assertThat(measured).containsAll(asked);
    }

    @Test
    void otlpIsSentWhenTheCommandEnds() throws IOException {
        List<byte[]> received = new CopyOnWriteArrayList<>();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/metrics", exchange -> {
            received.add(exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        try {
            medusa(
                            "monitoring_provider = otlp",
                            "otlp_url = http://127.0.0.1:"
                                    + collector.getAddress().getPort() + "/v1/metrics")
                    .run("backup", "--backup-name", "b1")
                    .ok();
        } finally {
            collector.stop(0);
        }
        assertThat(received).isNotEmpty();
        String metrics = ExportMetricsServiceRequest.parseFrom(received.get(0)).toString();
        assertThat(metrics)
                .contains("medusa.node.backup.size.bytes")
                .contains("\"n1\"")
                .contains("\"medusa\"");
    }

    @Test
    void whatCannotBeSentFailsNothing() throws IOException {
        medusa("monitoring_provider = otlp", "otlp_url = http://127.0.0.1:1/v1/metrics")
                .run("backup", "--backup-name", "b1")
                .ok();
        Cli.Result result = medusa(
                        "monitoring_provider = prometheus",
                        "prometheus_file = " + directory.resolve("nosuch/medusa.prom"))
                .run("backup", "--backup-name", "b2");
        assertThat(result.ok().err()).contains("Cannot write metrics");
        assertThat(medusa("monitoring_provider = prometheus").run("backup").lastError())
                .contains("prometheus_file in [monitoring]");
    }
}
