package io.medusa.testing;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A bucket in memory; passes the same contract as the real ones. */
public final class InMemoryStorage implements ObjectStorage {
    private record Content(byte[] bytes, Instant modified) {}

    private Predicate<ObjectKey> locked = key -> false;
    private final Map<ObjectKey, Content> objects = new ConcurrentSkipListMap<>((a, b) -> Arrays.compareUnsigned(
            a.value().getBytes(StandardCharsets.UTF_8), b.value().getBytes(StandardCharsets.UTF_8)));
    private final Clock clock;

    public InMemoryStorage(Clock clock) {
        this.clock = clock;
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        try (InputStream in = Channels.newInputStream(source.open())) {
            byte[] bytes = in.readAllBytes();
            if (bytes.length != source.size()) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, source.describe() + " changed its size");
            }
            objects.put(key, new Content(bytes, clock.instant()));
            return stored(key, bytes, hash(bytes));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + source.describe(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private StoredObject stored(ObjectKey key, byte[] bytes, ContentHash hash) {
        return new StoredObject(key, bytes.length, hash, clock.instant());
    }

    private static ContentHash hash(byte[] bytes) {
        ContentHasher hasher = new ContentHasher();
        hasher.update(java.nio.ByteBuffer.wrap(bytes));
        return hasher.finish();
    }

    @Override
    public synchronized StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        when.check("storing " + source.describe() + " as " + key, stat(key));
        return put(key, source);
    }

    @Override
    public synchronized StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        when.check("copying " + from + " to " + to, stat(to));
        return copy(from, size, to);
    }

    @Override
    public Overwriting overwriting() {
        return Overwriting.PREVENTED;
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        Content content = objects.get(from);
        if (content == null) {
            throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "copying " + from + ": it does not exist");
        }
        objects.put(to, new Content(content.bytes().clone(), clock.instant()));
        return stored(to, content.bytes(), hash(content.bytes()));
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        return Optional.ofNullable(objects.get(key))
                .map(content -> new ByteArrayInputStream(
                        content.bytes(), (int) offset, (int) Math.min(length, content.bytes().length)));
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return Optional.ofNullable(objects.get(key))
                .map(content ->
                        new StoredObject(key, content.bytes().length, hash(content.bytes()), content.modified()));
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return objects.keySet().stream()
                .filter(key -> key.value().startsWith(prefix))
                .flatMap(key -> stat(key).stream());
    }

    @Override
    public List<String> directories(String prefix) {
        return objects.keySet().stream()
                .map(ObjectKey::value)
                .filter(key -> key.startsWith(prefix) && key.indexOf('/', prefix.length()) > 0)
                .map(key -> key.substring(prefix.length(), key.indexOf('/', prefix.length())))
                .distinct()
                .toList();
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        keys.stream().filter(key -> !locked.test(key)).forEach(objects::remove);
        return keys.stream().filter(locked).toList();
    }

    /** From now on these objects may not be deleted. */
    public void lock(Predicate<ObjectKey> keys) {
        locked = keys;
    }

    @Override
    public void flush() {
        // nothing is lost while the process lives
    }

    @Override
    public OptionalLong freeSpace() {
        return OptionalLong.empty();
    }

    @Override
    public HashRule hashRule() {
        return HashRule.PLAIN;
    }

    @Override
    public String describe() {
        return "memory";
    }

    @Override
    public void close() {
        // nothing to release
    }
}
