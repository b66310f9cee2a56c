package io.medusa.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/** Servers that CI starts and names in the environment; elsewhere their tests are skipped, and say so. */
public final class Emulators {
    public static final String ACCOUNT = "medusa";
    public static final String KEY = Base64.getEncoder()
            .encodeToString(
                    "a key for tests only, known to everybody".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private Emulators() {}

    /** The endpoint of Azurite, started with the account above. */
    public static URI azurite() {
        return endpoint("MEDUSA_AZURITE");
    }

    /** The endpoint of fake-gcs-server. */
    public static URI gcs() {
        return endpoint("MEDUSA_GCS");
    }

    private static URI endpoint(String variable) {
        String value = System.getenv(variable);
        if (value == null && System.getenv("CI") != null) {
            throw new AssertionError(variable + " is not set, and in CI nothing may be skipped");
        }
        Assumptions.assumeTrue(value != null, "skipped: " + variable + " names no server, see dev/emulators/start");
        return URI.create(value);
    }

    /** Makes a bucket of a new name. */
    public static String newGcsBucket() throws IOException, InterruptedException {
        String name = "b" + UUID.randomUUID();
        HttpResponse<String> made = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(gcs().resolve("/storage/v1/b?project=none"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"" + name + "\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (made.statusCode() != 200) {
            throw new AssertionError(made.body());
        }
        return name;
    }

    /** Makes a container of a new name. */
    public static String newContainer() {
        String name = "c" + UUID.randomUUID();
        new com.azure.storage.blob.BlobServiceClientBuilder()
                .endpoint(azurite() + "/" + ACCOUNT)
                .credential(new com.azure.storage.common.StorageSharedKeyCredential(ACCOUNT, KEY))
                .buildClient()
                .createBlobContainer(name);
        return name;
    }

    /** The file with the account's key. */
    public static Path azureKeyFile(Path directory) throws IOException {
        return Files.writeString(
                directory.resolve("azure.json"),
                "{\"storage_account\": \"" + ACCOUNT + "\", \"key\": \"" + KEY + "\"}");
    }
}
