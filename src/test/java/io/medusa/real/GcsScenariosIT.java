package io.medusa.real;

import io.medusa.storage.ObjectStorage;
import io.medusa.storage.gcs.GcsSettings;
import io.medusa.storage.gcs.GcsStorage;
import io.medusa.testing.Emulators;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The scenarios on fake-gcs-server. */
final class GcsScenariosIT extends StoreScenarios {
    private String bucket;

    @Override
    List<String> newBucket() throws Exception {
        bucket = Emulators.newGcsBucket();
        URI endpoint = Emulators.gcs();
        return List.of(
                "storage_provider = google_storage",
                "bucket_name = " + bucket,
                "host = " + endpoint.getHost(),
                "port = " + endpoint.getPort(),
                "secure = False",
                "storage_class = STANDARD",
                "concurrent_transfers = 4");
    }

    @Override
    ObjectStorage bucket() {
        return new GcsStorage(new GcsSettings(
                bucket, Optional.empty(), Optional.of(Emulators.gcs()), Optional.empty(), Duration.ofSeconds(30)));
    }
}
