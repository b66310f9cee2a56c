package io.medusa.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers that the store's documentation allows and an emulator does not give. */
final class GcsAnswersTest {
    private HttpServer server;
    private GcsStorage storage;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/storage/v1/b/bucket/o", exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            String answer = query.contains("pageToken=third")
                    ? "{\"kind\": \"storage#objects\", \"items\": [" + object("b") + "]}"
                    : query.contains("pageToken=second")
                            ? "{\"kind\": \"storage#objects\", \"nextPageToken\": \"third\"}"
                            : "{\"kind\": \"storage#objects\", \"nextPageToken\": \"second\", \"items\": ["
                                    + object("a") + "]}";
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.createContext("/storage/v1/b/bucket/o/held", exchange -> {
            byte[] bytes =
                    ("{\"error\": {\"code\": 403, \"message\": \"Object 'bucket/held' is under active Temporary hold\","
                                    + " \"errors\": [{\"domain\": \"global\", \"reason\": \"objectUnderActiveHold\","
                                    + " \"message\": \"held\"}]}}")
                            .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(403, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        storage = new GcsStorage(new GcsSettings(
                "bucket",
                Optional.empty(),
                Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
                Optional.empty(),
                Duration.ofSeconds(5)));
    }

    private static String object(String name) {
        return "{\"kind\": \"storage#object\", \"bucket\": \"bucket\", \"name\": \"" + name
                + "\", \"size\": \"3\", \"md5Hash\": \"kAFQmDzST7DWlj99KOF/cg==\", \"timeCreated\":"
                + " \"2026-07-01T12:00:00.000Z\"}";
    }

    @AfterEach
    void stop() {
        storage.close();
        server.stop(0);
    }

    @Test
    void aHeldObjectIsKeptAndNoFailure() {
        assertThat(storage.deleteAll(List.of(new ObjectKey("held")))).containsExactly(new ObjectKey("held"));
    }

    @Test
    void D23_B12_anEmptyPageDoesNotEndAListingAndTimesAreUtc() {
        List<StoredObject> found;
        try (Stream<StoredObject> objects = storage.list("")) {
            found = objects.toList();
        }
        assertThat(found.stream().map(object -> object.key().value())).containsExactly("a", "b");
        assertThat(found.get(0).modified()).isEqualTo(Instant.parse("2026-07-01T12:00:00Z"));
    }
}
