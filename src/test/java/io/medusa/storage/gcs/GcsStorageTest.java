package io.medusa.storage.gcs;

import io.medusa.storage.ObjectStorage;
import io.medusa.storage.ObjectStorageContract;
import io.medusa.testing.Emulators;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract on fake-gcs-server. */
final class GcsStorageTest extends ObjectStorageContract {
    private GcsStorage storage;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        storage = new GcsStorage(new GcsSettings(
                Emulators.newGcsBucket(),
                Optional.empty(),
                Optional.of(Emulators.gcs()),
                Optional.empty(),
                Duration.ofSeconds(30)));
    }

    @Override
    protected ObjectStorage storage() {
        return storage;
    }

    /** fake-gcs-server passes over {@code ifGenerationMatch} of a rewrite, which the client sends. */
    @Override
    protected boolean checksCopies() {
        return false;
    }

    @AfterEach
    void close() {
        if (storage != null) {
            storage.close();
        }
    }
}
