package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.medusa.model.Secret;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.azure.AzureSettings;
import io.medusa.storage.azure.AzureStorage;
import io.medusa.testing.Cli;
import io.medusa.testing.Emulators;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The scenarios on Azurite; nearly every file goes up in blocks. */
final class AzureScenariosIT extends StoreScenarios {
    private String container;

    @Override
    List<String> newBucket() throws Exception {
        container = Emulators.newContainer();
        return ini();
    }

    private List<String> ini(String... more) throws Exception {
        URI endpoint = Emulators.azurite();
        return Stream.concat(
                        Stream.of(
                                "storage_provider = azure_blobs",
                                "bucket_name = " + container,
                                "key_file = " + Emulators.azureKeyFile(directory),
                                "host = " + endpoint.getHost(),
                                "port = " + endpoint.getPort(),
                                "secure = False",
                                "multi_part_upload_threshold = 1024",
                                "concurrent_transfers = 4"),
                        Stream.of(more))
                .toList();
    }

    @Override
    ObjectStorage bucket() {
        return new AzureStorage(new AzureSettings(
                container,
                Emulators.ACCOUNT,
                Emulators.azurite() + "/" + Emulators.ACCOUNT,
                Optional.of(new Secret(Emulators.KEY)),
                true,
                Optional.empty(),
                Optional.empty(),
                1 << 20,
                1 << 20,
                Duration.ofSeconds(30)));
    }

    @Test
    void row32_blobsGetTheTier() throws Exception {
        node.cql("CREATE TABLE medusa.test (id timeuuid PRIMARY KEY, value text)");
        node.cql("INSERT INTO medusa.test (id, value) VALUES (now(), 'x')");
        node.flush("medusa");
        for (String tier : List.of("HOT", "COOL", "COLD")) {
            Cli classed = new Cli(node.medusaIni(
                            directory.resolve(tier + ".ini"),
                            ini("storage_class = " + tier),
                            "storage.prefix = " + tier))
                    .with("TMPDIR", directory.toString());
            classed.run("backup", "--backup-name", "one").ok();
            classed.run("verify", "--backup-name", "one").ok();
            String key = bucket().list(tier + "/127.0.0.1/data/medusa/test-")
                    .map(object -> object.key().value())
                    .filter(name -> name.endsWith("-Data.db"))
                    .findFirst()
                    .orElseThrow();
            assertThat(new BlobServiceClientBuilder()
                            .endpoint(Emulators.azurite() + "/" + Emulators.ACCOUNT)
                            .credential(new StorageSharedKeyCredential(Emulators.ACCOUNT, Emulators.KEY))
                            .buildClient()
                            .getBlobContainerClient(container)
                            .getBlobClient(key)
                            .getProperties()
                            .getAccessTier()
                            .toString())
                    .isEqualToIgnoringCase(tier);
        }
    }
}
