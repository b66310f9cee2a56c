package io.medusa.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import io.medusa.testing.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/** What Amazon's services answer to a pod that has a role, and to a client that does not know the bucket's region. */
final class S3RolesTest {
    private static final String REGION = "eu-west-1";

    @TempDir
    Path directory;

    private final List<String> signed = new CopyOnWriteArrayList<>();
    private final List<String> tokens = new CopyOnWriteArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, String> properties = new HashMap<>();
    private HttpServer server;
    private volatile boolean trusted = true;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::role);
        server.createContext("/bucket", this::object);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        properties.keySet().forEach(System::clearProperty);
    }

    private URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private S3Settings settings(String region, Optional<Path> keys) throws IOException {
        S3Settings usual = S3Server.settings(
                "bucket", endpoint(), S3Server.keyFile(directory, "key", "secret"), 20 << 20, 50 << 20);
        return new S3Settings(
                usual.bucket(),
                region,
                usual.endpoint(),
                usual.pathStyle(),
                new S3Settings.Credentials(keys, Optional.empty()),
                usual.certificates(),
                usual.storageClass(),
                usual.kmsKey(),
                usual.customerKey(),
                usual.multipartThreshold(),
                usual.partSize(),
                usual.readTimeout(),
                usual.connections());
    }

    private static long size(S3Settings settings) {
        try (S3Storage storage = new S3Storage(settings, Optional.of(BackoffStrategy.retryImmediately()))) {
            return storage.stat(new ObjectKey("there")).orElseThrow().size();
        }
    }

    @Test
    void theBucketsRegionIsFollowed() throws IOException {
        Path keys = S3Server.keyFile(directory, "key", "secret");
        assertThat(size(settings("us-east-1", Optional.of(keys)))).isEqualTo(4);
        assertThat(signed).first().asString().contains("/us-east-1/");
        assertThat(signed).last().asString().contains("/" + REGION + "/");
    }

    private void role() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "token-of-the-pod");
        set("aws.webIdentityTokenFile", token.toString());
        set("aws.roleArn", "arn:aws:iam::123456789012:role/medusa");
        set("aws.roleSessionName", "medusa");
        set("aws.region", REGION);
        set("aws.endpointUrlSts", endpoint().toString());
        set("aws.disableEc2Metadata", "true");
    }

    @Test
    void aRoleThatDoesNotTrustThePodIsNamed() throws IOException {
        role();
        trusted = false;
        S3Settings settings = settings(REGION, Optional.empty());
        assertThatThrownBy(() -> size(settings))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("the role of this pod gave no credentials: Not authorized")
                .hasMessageContaining("trust policy");
    }

    @Test
    void aPodsTokenIsExchangedForTheKeysOfItsRole() throws IOException {
        role();
        assertThat(size(settings(REGION, Optional.empty()))).isEqualTo(4);
        assertThat(asked).singleElement().asString().contains("AssumeRoleWithWebIdentity", "token-of-the-pod");
        assertThat(signed).last().asString().contains("Credential=ASIAROLE/");
        assertThat(tokens).last().isEqualTo("session-of-the-role");
    }

    private void set(String property, String value) {
        properties.put(property, value);
        System.setProperty(property, value);
    }

    /** As the documentation of AssumeRoleWithWebIdentity shows. */
    private void role(HttpExchange exchange) throws IOException {
        asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        if (!trusted) {
            byte[] refusal = ("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                            + "<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/xml");
            exchange.sendResponseHeaders(403, refusal.length);
            exchange.getResponseBody().write(refusal);
            exchange.close();
            return;
        }
        byte[] answer = ("<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                        + "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
                        + "<SecretAccessKey>secret</SecretAccessKey><SessionToken>session-of-the-role</SessionToken>"
                        + "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
                        + "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/xml");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    /** A request that is signed for another region is told the right one. */
    private void object(HttpExchange exchange) throws IOException {
        String authorization =
                Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
        signed.add(authorization);
        tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Security-Token")));
        exchange.getResponseHeaders().add("x-amz-bucket-region", REGION);
        if (authorization.contains("/" + REGION + "/")) {
            exchange.getResponseHeaders().add("Content-Length", "4");
            exchange.getResponseHeaders().add("ETag", "\"098f6bcd4621d373cade4e832627b4f6\"");
            exchange.getResponseHeaders().add("Last-Modified", "Wed, 12 Oct 2022 17:50:00 GMT");
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(301, -1);
        }
        exchange.close();
    }
}
