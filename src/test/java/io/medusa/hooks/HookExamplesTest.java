package io.medusa.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.hooks.Hooks.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that are shipped, each with a server on the loopback interface in place of the real one. */
final class HookExamplesTest {
    private static final Path EXAMPLES = Path.of("src/main/dist/share/examples").toAbsolutePath();
    private static final String ERROR = "cannot read \"a\\b\"\n\tthe end";

    @TempDir
    Path directory;

    private record Request(String path, String body) {
        JsonNode json() {
            try {
                return new JsonMapper().readTree(body);
            } catch (IOException notJson) {
                throw new AssertionError(body, notJson);
            }
        }
    }

    private final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();
    private HttpServer server;
    private int status = 200;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "the examples need curl");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(new Request(
                    exchange.getRequestURI().getPath(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private Path file(String line) throws IOException {
        return Files.writeString(directory.resolve("settings"), line + "\n");
    }

    /** Runs a backup that succeeds, one that fails and a verification that finds damage. */
    private void events(String example, String... arguments) {
        Map<Hook, List<String>> programs = new EnumMap<>(Hook.class);
        for (Hook hook : Hook.values()) {
            programs.put(
                    hook,
                    java.util.stream.Stream.concat(
                                    java.util.stream.Stream.of(
                                            "/bin/sh", EXAMPLES.resolve(example).toString()),
                                    java.util.stream.Stream.of(arguments))
                            .toList());
        }
        Hooks hooks = new Hooks(programs, Duration.ofSeconds(60), Clock.systemUTC());
        Subject backup = new Subject("backup", "n1", "monday");
        String unused = hooks.around(
                Hook.BEFORE_BACKUP, Hook.AFTER_BACKUP, backup, () -> "", result -> Optional.of(Map.of("bytes", 7)));
        assertThatThrownBy(() -> hooks.orFailure(backup, () -> {
                    throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, ERROR);
                }))
                .isInstanceOf(MedusaException.class);
        hooks.findings(new Subject("verify", "n1", ""), Map.of("findings", 2));
    }

    @Test
    void healthchecksGetsStartsSuccessesAndFailures() throws IOException {
        events("healthchecks", file(url("/ping/uuid")).toString());
        assertThat(requests)
                .extracting(Request::path)
                .containsExactly("/ping/uuid/start", "/ping/uuid", "/ping/uuid/fail", "/ping/uuid/fail");
        assertThat(requests)
                .allSatisfy(request ->
                        assertThat(request.json().path("version").asInt()).isOne());
    }

    @Test
    void aPingThatFailsNeverRefusesABackup() throws IOException {
        status = 500;
        events("healthchecks", file(url("/ping/uuid")).toString());
        assertThat(requests).isNotEmpty();
    }

    @Test
    void slackGetsOneLineForEach() throws IOException {
        events("slack", file(url("/services/T/B/secret")).toString());
        assertThat(requests).extracting(Request::path).containsOnly("/services/T/B/secret");
        assertThat(requests)
                .extracting(request -> request.json().path("text").asText())
                .containsExactly(
                        "Starting: backup of monday on n1",
                        ":white_check_mark: Finished: backup of monday on n1",
                        ":red_circle: Failed: backup of monday on n1: cannot read \"a\\b\"  the end",
                        ":warning: Damage found: verify on n1. Run medusa verify for the list");
    }

    @Test
    void pagerDutyIsTriggeredByAFailureAndResolvedByASuccess() throws IOException {
        events("pagerduty", file("key-1").toString(), url("/v2/enqueue"));
        List<JsonNode> sent = requests.stream().map(Request::json).toList();
        assertThat(sent)
                .extracting(event -> event.path("event_action").asText())
                .containsExactly("resolve", "trigger", "trigger");
        assertThat(sent)
                .allSatisfy(
                        event -> assertThat(event.path("routing_key").asText()).isEqualTo("key-1"));
        assertThat(sent.get(0).path("dedup_key").asText())
                .as("a success resolves what a failure of the same has triggered")
                .isEqualTo(sent.get(1).path("dedup_key").asText());
        assertThat(sent.get(1).path("payload").path("summary").asText()).contains("cannot read \"a\\b\"");
    }

    @Test
    void alertmanagerGetsAnAlertThatASuccessEnds() throws IOException {
        events("alertmanager", url(""));
        assertThat(requests).extracting(Request::path).containsOnly("/api/v2/alerts");
        List<JsonNode> alerts =
                requests.stream().map(request -> request.json().path(0)).toList();
        assertThat(alerts).hasSize(3);
        assertThat(alerts.get(0).path("labels")).isEqualTo(alerts.get(1).path("labels"));
        assertThat(Instant.parse(alerts.get(0).path("endsAt").asText())).isBeforeOrEqualTo(Instant.now());
        assertThat(Instant.parse(alerts.get(1).path("endsAt").asText())).isAfter(Instant.now());
    }
}
