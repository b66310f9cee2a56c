package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A bucket with backups, as everything here sees it.
 *
 * @param storage closed by the caller
 * @param layout what the keys mean
 * @param lookups runs small requests, which mostly wait for the store, in parallel
 * @param clock of this host; the store has its own
 */
public record Bucket(ObjectStorage storage, RepositoryLayout layout, TransferPool lookups, Clock clock) {
    /** With one lookup at a time. */
    public Bucket(ObjectStorage storage, RepositoryLayout layout, Clock clock) {
        this(storage, layout, new TransferPool(1, false, Progress.NONE), clock);
    }

    /** Where it is, for messages. */
    public String describe() {
        return storage.describe();
    }

    Optional<String> readText(ObjectKey key) {
        return readBytes(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** The content of a small object; empty if it does not exist. */
    Optional<byte[]> readBytes(ObjectKey key) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(in.readAllBytes());
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    /** Passes on all objects under a prefix, one at a time, in no particular order. */
    void listAll(String prefix, Consumer<StoredObject> consumer) {
        ParallelListing.listEach(storage, lookups, storage.split(prefix), consumer);
    }

    /** Whether there is any object under a prefix. */
    boolean hasAny(String prefix) {
        try (Stream<StoredObject> objects = storage.list(prefix)) {
            return objects.findAny().isPresent();
        }
    }
}
