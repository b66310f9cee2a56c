package io.medusa.grpc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.transfer.HttpThreads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the metrics file at {@code /metrics}, after updating the age of the last backups. Plain HTTP: it exposes
 * only numbers and the node's name, and takes no input.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);
    /** The minimum interval between reads of the bucket. */
    private static final Duration FRESH = Duration.ofSeconds(60);

    private final HttpServer server;
    private final Path file;
    private final Program program;
    private long asked;

    /**
     * Starts to listen.
     *
     * @param port 0 for any free port
     * @param file that the provider {@code prometheus} writes
     * @param program is opened for each read of the bucket
     * @throws MedusaException if the port cannot be used
     */
    public MetricsEndpoint(int port, Path file, Program program) {
        this.file = file;
        this.program = program;
        this.asked = System.nanoTime() - FRESH.toNanos();
        try {
            this.server = HttpThreads.plain(new InetSocketAddress(port));
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "prometheus_port " + port + " in [monitoring] cannot be listened on: " + failed.getMessage(),
                    failed);
        }
        server.createContext("/metrics", this::answer);
        HttpThreads.start(server);
        LOG.info("Metrics on port {}", port());
    }

    /** The port that the endpoint listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            refresh();
            byte[] text = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(200, text.length == 0 ? -1 : text.length);
            exchange.getResponseBody().write(text);
        } catch (IOException failed) {
            byte[] why = "the file of metrics cannot be read\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(500, why.length);
            exchange.getResponseBody().write(why);
        }
    }

    private synchronized void refresh() {
        if (System.nanoTime() - asked < FRESH.toNanos()) {
            return;
        }
        asked = System.nanoTime();
        try (Medusa medusa = program.open()) {
            var unused = medusa.measured().lastBackup(medusa.lastBackup(), medusa.node());
        } catch (MedusaException failed) {
            LOG.warn("The age of the last backup is not known: {}", failed.getMessage());
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
