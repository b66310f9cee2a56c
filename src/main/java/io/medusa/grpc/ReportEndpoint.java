package io.medusa.grpc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.PemFiles;
import io.medusa.os.Ports;
import io.medusa.report.Page;
import io.medusa.report.Report;
import io.medusa.transfer.HttpThreads;
import io.medusa.transfer.Progress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves an up-to-date {@code medusa report} page. Over HTTPS for clients with a certificate, or without TLS on
 * the loopback address only. It takes no input.
 */
public final class ReportEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportEndpoint.class);
    /** The minimum interval between reads of the bucket. */
    private static final Duration FRESH = Duration.ofSeconds(60);

    private static final int BACKUPS = 30;

    private static final Pattern LOCAL = Pattern.compile("(localhost|127\\.[0-9.]+|\\[::1\\])(:[0-9]+)?");

    private final boolean secure;
    private final HttpServer server;
    private final Program program;
    private byte[] page = {};
    private long made;

    /**
     * Starts to listen.
     *
     * @param address to listen on; empty for all
     * @param port 0 for any free port
     * @param program is opened for each read of the bucket
     * @throws MedusaException if the port cannot be used
     */
    public ReportEndpoint(Optional<String> address, int port, Optional<PemFiles> tls, Program program) {
        this.program = program;
        this.secure = tls.isPresent();
        try {
            if (tls.isPresent()) {
                InetSocketAddress socket = Ports.listening(address, port, "address in [grpc]");
                HttpsServer https = HttpThreads.secure(socket);
                https.setHttpsConfigurator(clientsAreKnown(tls.get().context()));
                this.server = https;
            } else {
                this.server = HttpThreads.plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            }
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "report_port " + port + " in [grpc] cannot be listened on: " + failed.getMessage(),
                    failed);
        }
        server.createContext("/", this::answer);
        HttpThreads.start(server);
        LOG.info("Report at {}://{}:{}/", tls.isPresent() ? "https" : "http", host(), port());
    }

    private String host() {
        InetAddress listening = server.getAddress().getAddress();
        return listening.isAnyLocalAddress() ? "localhost" : listening.getHostAddress();
    }

    private static HttpsConfigurator clientsAreKnown(SSLContext context) {
        return new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters secure = getSSLContext().getDefaultSSLParameters();
                secure.setNeedClientAuth(true);
                parameters.setSSLParameters(secure);
            }
        };
    }

    /** The port that the endpoint listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!secure
                    && !LOCAL.matcher(
                                    String.valueOf(exchange.getRequestHeaders().getFirst("Host")))
                            .matches()) {
                // DNS rebinding: a foreign page whose name resolves to this address must not read this one
                exchange.sendResponseHeaders(403, -1);
                return;
            }
            boolean body = exchange.getRequestMethod().equals("GET");
            if (!body && !exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                exchange.sendResponseHeaders(405, -1);
            } else if (exchange.getRequestURI().getPath().equals("/")) {
                send(exchange, body);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private void send(HttpExchange exchange, boolean body) throws IOException {
        int status = 200;
        byte[] bytes;
        try {
            bytes = fresh();
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        } catch (MedusaException failed) {
            LOG.warn("Cannot render the report: {}", failed.getMessage());
            status = 503;
            bytes = ("Cannot render the report: " + failed.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        }
        exchange.getResponseHeaders().set("Content-Security-Policy", Page.POLICY + "; frame-ancestors 'none'");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, body ? bytes.length : -1);
        if (body) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private synchronized byte[] fresh() {
        if (page.length == 0 || System.nanoTime() - made >= FRESH.toNanos()) {
            try (Medusa medusa = program.open(own -> Progress.NONE)) {
                page = Page.of(Report.of(medusa, BACKUPS, Instant.now())).getBytes(StandardCharsets.UTF_8);
            }
            made = System.nanoTime();
        }
        return page;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
