package io.medusa.storage.s3;

import io.medusa.storage.ObjectStorage;
import io.medusa.storage.ObjectStorageContract;
import io.medusa.testing.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterEach;

/** The contract on a real S3 server. */
final class S3StorageTest extends ObjectStorageContract {
    private S3Storage storage;

    @Override
    protected ObjectStorage storage() {
        if (storage == null) {
            try {
                storage = S3Server.get().storage(S3Server.get().newBucket(), directory);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
        return storage;
    }

    @Override
    protected int multipartSize() {
        return 60 << 20;
    }

    /** S3Proxy looks first and stores then. */
    @Override
    protected boolean isAtomic() {
        return false;
    }

    @AfterEach
    void close() {
        if (storage != null) {
            storage.close();
        }
    }
}
