package io.medusa.testing;

import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.ObjectStorageContract;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

final class InMemoryStorageTest extends ObjectStorageContract {
    private final InMemoryStorage storage =
            new InMemoryStorage(Clock.fixed(Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC));

    @Override
    protected ObjectStorage storage() {
        return storage;
    }

    @Override
    protected boolean lock(ObjectKey locked) {
        storage.lock(locked::equals);
        return true;
    }
}
