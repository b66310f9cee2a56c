package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.storage.ObjectStorage;
import io.medusa.storage.s3.S3Storage;
import io.medusa.testing.Cli;
import io.medusa.testing.S3Server;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The scenarios on a real S3 server; nearly every file goes up in parts, as in the reference's own tests. */
final class S3ScenariosIT extends StoreScenarios {
    private String bucket;

    @Override
    List<String> newBucket() throws Exception {
        bucket = S3Server.get().newBucket();
        return ini();
    }

    private List<String> ini(String... more) throws Exception {
        Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
        return S3Server.ini(
                bucket,
                S3Server.get().endpoint(),
                keys,
                Stream.concat(
                                Stream.of("multi_part_upload_threshold = 1024", "concurrent_transfers = 4"),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    @Override
    ObjectStorage bucket() throws Exception {
        return new S3Storage(S3Server.settings(
                bucket,
                S3Server.get().endpoint(),
                S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET),
                1024,
                50 << 20));
    }

    @Test
    void row32_objectsGetTheStorageClass() throws Exception {
        node.cql("CREATE TABLE medusa.test (id timeuuid PRIMARY KEY, value text)");
        node.cql("INSERT INTO medusa.test (id, value) VALUES (now(), 'x')");
        node.flush("medusa");
        for (String storageClass : List.of("STANDARD", "STANDARD_IA")) {
            Cli classed = new Cli(node.medusaIni(
                            directory.resolve(storageClass + ".ini"),
                            ini("storage_class = " + storageClass.toLowerCase(java.util.Locale.ROOT)),
                            "storage.prefix = " + storageClass))
                    .with("TMPDIR", directory.toString());
            classed.run("backup", "--backup-name", "one").ok();
            classed.run("verify", "--backup-name", "one", "--enable-md5-checks").ok();
            try (S3Client client = S3Server.get().client()) {
                String key = client
                        .listObjectsV2Paginator(
                                list -> list.bucket(bucket).prefix(storageClass + "/127.0.0.1/data/medusa/test-"))
                        .contents()
                        .stream()
                        .map(object -> object.key())
                        .filter(name -> name.endsWith("-Data.db"))
                        .findFirst()
                        .orElseThrow();
                String found =
                        client.headObject(head -> head.bucket(bucket).key(key)).storageClassAsString();
                assertThat(found == null ? "STANDARD" : found).isEqualTo(storageClass);
            }
        }
    }
}
