package io.medusa.testing;

import io.medusa.storage.s3.S3Settings;
import io.medusa.storage.s3.S3Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/** A real S3 server in a process of its own, with its buckets in memory; one for all tests, stopped when their Java ends. */
public final class S3Server implements AutoCloseable {
    public static final String KEY = "test-key";
    public static final String SECRET = "test-secret";

    private static S3Server shared;
    private static final AtomicInteger BUCKETS = new AtomicInteger();

    private final Process process;
    private final int port;

    private S3Server(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** The server, started on first use. */
    public static synchronized S3Server get() {
        if (shared == null) {
            shared = start("memory");
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** A server of one's own. */
    public static S3Server start(String directory) {
        try {
            int port = RealNode.freePort();
            Path log = Files.createTempFile(
                    Files.createDirectories(Path.of("target/s3proxy").toAbsolutePath()), "s3-", ".log");
            ProcessBuilder builder = new ProcessBuilder(
                            Path.of("dev/s3proxy/s3-server").toAbsolutePath().toString(),
                            String.valueOf(port),
                            directory,
                            KEY,
                            SECRET)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("S3_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
            Process process = builder.start();
            S3Server server = new S3Server(process, port);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!server.answers()) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IllegalStateException("the S3 server does not start: " + Files.readString(log));
                }
                Thread.sleep(50);
            }
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private boolean answers() {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) endpoint().toURL().openConnection();
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(5000);
            return connection.getResponseCode() > 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    /** The vendor's client, for a look from outside. */
    public S3Client client() {
        return S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET)))
                .build();
    }

    /** Makes a bucket of a new name. */
    public String newBucket() {
        String bucket = "bucket-" + BUCKETS.incrementAndGet();
        try (S3Client client = client()) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return bucket;
    }

    /** Forgets what is in a bucket: the server holds it in memory. */
    public void empty(String bucket) {
        remove(bucket, "");
    }

    /** Forgets what is in a bucket below a prefix. */
    public void remove(String bucket, String prefix) {
        try (S3Client client = client()) {
            for (var page :
                    client.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix))) {
                if (!page.contents().isEmpty()) {
                    client.deleteObjects(delete -> delete.bucket(bucket)
                            .delete(all -> all.objects(page.contents().stream()
                                    .map(object -> ObjectIdentifier.builder()
                                            .key(object.key())
                                            .build())
                                    .toList())));
                }
            }
        }
    }

    /** A file with the keys. */
    public static Path keyFile(Path directory, String key, String secret) throws IOException {
        return Files.writeString(
                directory.resolve("credentials-" + Integer.toUnsignedString(secret.hashCode())),
                "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = " + secret + "\n");
    }

    /** Settings for a bucket here, or behind a proxy. */
    public static S3Settings settings(String bucket, URI endpoint, Path keyFile, long threshold, long partSize) {
        return new S3Settings(
                bucket,
                "us-east-1",
                Optional.of(endpoint),
                true,
                new S3Settings.Credentials(Optional.of(keyFile), Optional.empty()),
                new S3Settings.Certificates(true, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                threshold,
                partSize,
                Duration.ofSeconds(3),
                64);
    }

    /** A bucket here. */
    public S3Storage storage(String bucket, Path directory) throws IOException {
        return new S3Storage(settings(bucket, endpoint(), keyFile(directory, KEY, SECRET), 20 << 20, 50 << 20));
    }

    /** The lines of {@code [storage]} for a bucket here, or behind a proxy. */
    public static List<String> ini(String bucket, URI endpoint, Path keyFile, String... more) {
        List<String> lines = new ArrayList<>(List.of(
                "storage_provider = s3_compatible",
                "bucket_name = " + bucket,
                "key_file = " + keyFile,
                "host = " + endpoint.getHost(),
                "port = " + endpoint.getPort(),
                "secure = False"));
        lines.addAll(List.of(more));
        return lines;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
