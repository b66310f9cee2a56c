package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.medusa.os.PemFiles;
import io.medusa.testing.Await;
import io.medusa.testing.Certificates;
import io.medusa.testing.RealNode;
import io.medusa.wire.GetBackupsRequest;
import io.medusa.wire.MedusaGrpc;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program in a pod that has no key, but an identity: stand-ins for what clouds exchange it at, and for their stores, which accept nothing
 * else. Only the environment tells the program of them, as the clouds' own admission webhooks do.
 */
final class CloudIdentityIT {
    private static final String ACCESS = "access-of-the-pod";

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<String> exchanges = new CopyOnWriteArrayList<>();
    private final List<String> denied = new CopyOnWriteArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private volatile boolean trusted = true;
    private Certificates certificates;
    private String cloud;
    private Path federated;

    @BeforeEach
    void setUp() throws Exception {
        certificates = new Certificates(directory.resolve("certificates"), "cloud");
        Certificates.Pair own = certificates.pair("server");
        HttpsServer server = HttpsServer.create(loopback(0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(
                new PemFiles(Optional.empty(), Optional.of(own.certificate()), Optional.of(own.key()), "of the test")
                        .context()));
        server.createContext("/tenant-1/oauth2/v2.0/token", this::exchanged);
        server.createContext("/v1/token", this::exchanged);
        server.createContext("/account/container", this::azure);
        server.createContext("/storage/v1/b/bucket/o", this::gcs);
        start(server);
        cloud = "https://127.0.0.1:" + server.getAddress().getPort();
        federated = Files.writeString(directory.resolve("federated-token"), "token-of-kubernetes");
        // what is not the store's has no setting of its own, and is trusted as the machine says
        environment.put(
                "MEDUSA_JAVA_OPTS",
                "-Djavax.net.ssl.trustStore=" + trusted() + " -Djavax.net.ssl.trustStorePassword=changeit");
        environment.put("HOME", directory.toString());
        environment.put("TMPDIR", directory.toString());
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private void start(HttpServer server) {
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        open.add(() -> server.stop(0));
    }

    private Path trusted() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var in = Files.newInputStream(certificates.ca())) {
            store.setCertificateEntry(
                    "cloud", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        Path file = directory.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "changeit".toCharArray());
        }
        return file;
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (!exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    /** A token endpoint of OAuth 2. */
    private void exchanged(HttpExchange exchange) throws IOException {
        exchanges.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        if (trusted) {
            answer(exchange, 200, "application/json", token());
        } else {
            answer(
                    exchange,
                    401,
                    "application/json",
                    "{\"error\": \"invalid_client\", \"error_description\": \"AADSTS700213: No matching federated identity"
                            + " record found.\"}");
        }
    }

    private static String token() {
        return "{\"access_token\": \"" + ACCESS + "\", \"token_type\": \"Bearer\", \"expires_in\": 3600,"
                + " \"issued_token_type\": \"urn:ietf:params:oauth:token-type:access_token\"}";
    }

    private boolean isAllowed(HttpExchange exchange) {
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        if (!authorization.equals("Bearer " + ACCESS)) {
            denied.add(authorization);
        }
        return authorization.equals("Bearer " + ACCESS);
    }

    /** An empty container. */
    private void azure(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        boolean isListing = String.valueOf(exchange.getRequestURI().getQuery()).contains("comp=list");
        if (!isAllowed(exchange)) {
            exchange.getResponseHeaders().set("x-ms-error-code", "AuthorizationFailure");
            answer(exchange, 403, "application/xml", "");
        } else if (isListing) {
            answer(
                    exchange,
                    200,
                    "application/xml",
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"container\"><Blobs />"
                            + "<NextMarker /></EnumerationResults>");
        } else {
            exchange.getResponseHeaders().set("x-ms-error-code", "BlobNotFound");
            answer(exchange, 404, "application/xml", "");
        }
    }

    /** An empty bucket. */
    private void gcs(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        boolean isListing = exchange.getRequestURI().getPath().endsWith("/o");
        if (!isAllowed(exchange)) {
            answer(exchange, 403, "application/json", "{\"error\": {\"code\": 403, \"message\": \"no\"}}");
        } else if (isListing) {
            answer(exchange, 200, "application/json", "{\"kind\": \"storage#objects\"}");
        } else {
            answer(exchange, 404, "application/json", "{\"error\": {\"code\": 404, \"message\": \"No such object\"}}");
        }
    }

    private Path ini(String... storage) throws IOException {
        return Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nfqdn = n1\n" + String.join("\n", storage)
                        + "\n[cassandra]\nresolve_ip_addresses = False\n");
    }

    private Path onAzure() throws IOException {
        environment.put("AZURE_STORAGE_ACCOUNT", "account");
        return ini(
                "storage_provider = azure_blobs",
                "bucket_name = container",
                "host = 127.0.0.1",
                "port = " + cloud.replaceFirst(".*:", ""),
                "secure = True",
                "ca_cert = " + certificates.ca());
    }

    private Path onGoogle(String... more) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "storage_provider = google_storage",
                "bucket_name = bucket",
                "host = 127.0.0.1",
                "port = " + cloud.replaceFirst(".*:", ""),
                "secure = True"));
        lines.addAll(List.of(more));
        return ini(lines.toArray(new String[0]));
    }

    private Process medusa(Path log, Path ini, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of("target/medusa/bin/medusa").toAbsolutePath().toString(), "--config-file", ini.toString()));
        line.addAll(List.of(command));
        ProcessBuilder builder =
                new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
        // neither this machine's own identity nor its proxy
        builder.environment().keySet().removeIf(name -> name.matches("(?i)(aws|azure|google|gce)_.*|https?_proxy"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        open.add(() -> {
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        });
        return process;
    }

    private String listsBackups(Path ini, int status) throws Exception {
        Path log = directory.resolve("list.log");
        Process listing = medusa(log, ini, "list-backups");
        assertThat(listing.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(listing.exitValue()).as(Files.readString(log)).isEqualTo(status);
        assertThat(denied).isEmpty();
        return Files.readString(log);
    }

    private void onAks() {
        environment.put("AZURE_FEDERATED_TOKEN_FILE", federated.toString());
        environment.put("AZURE_CLIENT_ID", "client-1");
        environment.put("AZURE_TENANT_ID", "tenant-1");
        environment.put("AZURE_AUTHORITY_HOST", cloud + "/");
    }

    @Test
    void anIdentityOnAksThatDoesNotTrustThePodIsNamed() throws Exception {
        onAks();
        trusted = false;
        assertThat(listsBackups(onAzure(), 12))
                .contains("the identity of this machine or pod gave no token: ", "401", "/tenant-1/oauth2/v2.0/token")
                .contains("federated credential");
    }

    @Test
    void aPodOnAksExchangesItsTokenForOneOfItsClient() throws Exception {
        onAks();
        listsBackups(onAzure(), 0);
        assertThat(exchanges)
                .singleElement()
                .asString()
                .contains("client_id=client-1", "client_assertion=token-of-kubernetes", "storage.azure.com");
    }

    @Test
    void aPodWithWorkloadIdentityFederationExchangesItsTokenAtGoogles() throws Exception {
        Path credentials = Files.writeString(
                directory.resolve("federation.json"),
                "{\"type\": \"external_account\", \"audience\":"
                        + " \"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/kubernetes\","
                        + " \"subject_token_type\": \"urn:ietf:params:oauth:token-type:jwt\", \"token_url\": \"" + cloud
                        + "/v1/token\", \"credential_source\": {\"file\": \"" + federated + "\"}}");
        listsBackups(onGoogle("key_file = " + credentials), 0);
        assertThat(exchanges).singleElement().asString().contains("subject_token=token-of-kubernetes", "devstorage");
        environment.put("GOOGLE_APPLICATION_CREDENTIALS", credentials.toString());
        listsBackups(onGoogle(), 0);
        assertThat(exchanges).hasSize(2);
    }

    /** The metadata server of each cloud on this port, as each cloud documents it. */
    private void metadata(int port) throws IOException {
        HttpServer server = HttpServer.create(loopback(port), 0);
        server.createContext("/", exchange -> {
            // Azure's library doubles the first slash
            String path = exchange.getRequestURI().toString().replaceFirst("^/+", "/");
            exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
            boolean isGoogle = "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor"));
            boolean isAzure = "true".equals(exchange.getRequestHeaders().getFirst("Metadata"));
            if (isGoogle && path.contains("/service-accounts/default/token")) {
                exchanges.add(path);
                answer(exchange, 200, "application/json", token());
            } else if (isAzure && path.startsWith("/metadata/identity/oauth2/token?")) {
                exchanges.add(path);
                answer(
                        exchange,
                        200,
                        "application/json",
                        "{\"access_token\": \"" + ACCESS + "\", \"token_type\": \"Bearer\", \"expires_in\": \"3600\","
                                + " \"expires_on\": \"4102444800\", \"resource\": \"https://storage.azure.com\"}");
            } else {
                // Azure's refuses who does not know it
                answer(exchange, path.equals("/") ? 200 : path.startsWith("/metadata/") ? 400 : 404, "text/plain", "");
            }
        });
        start(server);
    }

    /** Serves without metadata, and with it as soon as it is there. */
    private void recovers(Path ini, int metadata) throws Exception {
        Files.writeString(ini, Files.readString(ini) + "[grpc]\nenabled = 1\n");
        Path log = directory.resolve("server.log");
        Process process = medusa(
                log,
                ini,
                "server",
                "--port",
                "0",
                "--restore-mappings",
                directory.resolve("mappings").toString());
        Await.until(
                () -> Files.readString(log).contains("Serving on port ") || !process.isAlive(),
                () -> Files.readString(log));
        int port = Files.readString(log)
                .lines()
                .filter(text -> text.contains("Serving on port "))
                .map(text -> Integer.parseInt(text.replaceFirst(".* ", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the service ended"));
        ManagedChannel channel = Grpc.newChannelBuilderForAddress(
                        "127.0.0.1", port, InsecureChannelCredentials.create())
                .build();
        open.add(channel::shutdownNow);
        MedusaGrpc.MedusaBlockingStub client = MedusaGrpc.newBlockingStub(channel);
        assertThat(failure(client)).as(Files.readString(log)).contains("credentials");
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        metadata(metadata);
        Await.until(() -> failure(client).isEmpty(), () -> Files.readString(log));
        assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance()).getBackupsCount())
                .isZero();
        assertThat(exchanges).isNotEmpty();
        assertThat(denied).isEmpty();
    }

    private static String failure(MedusaGrpc.MedusaBlockingStub client) {
        try {
            client.withDeadlineAfter(100, TimeUnit.SECONDS).getBackups(GetBackupsRequest.getDefaultInstance());
            return "";
        } catch (StatusRuntimeException failed) {
            return String.valueOf(failed.getStatus().getDescription());
        }
    }

    @Test
    void onGkeTheServiceStartsBeforeTheMetadataServer() throws Exception {
        int port = RealNode.freePort();
        environment.put("GCE_METADATA_HOST", "127.0.0.1:" + port);
        recovers(onGoogle(), port);
    }

    @Test
    void onAzureTheServiceStartsBeforeTheMetadataServer() throws Exception {
        int port = RealNode.freePort();
        environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:" + port);
        recovers(onAzure(), port);
    }
}
