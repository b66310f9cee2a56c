package io.medusa.testing;

import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Passes calls on, after a script has had the chance to throw: the script is told the method and the key or prefix. */
public final class FaultyStorage implements ObjectStorage {
    private final ObjectStorage storage;
    private final BiConsumer<String, String> script;
    private final AtomicInteger calls = new AtomicInteger();

    public FaultyStorage(ObjectStorage storage, BiConsumer<String, String> script) {
        this.storage = storage;
        this.script = script;
    }

    /** How many calls there have been. */
    public int calls() {
        return calls.get();
    }

    private void before(String method, String what) {
        calls.incrementAndGet();
        script.accept(method, what);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        before("put", key.value());
        return storage.put(key, source);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        before("put", key.value());
        return storage.put(key, source, when);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        before("copy", to.value());
        return storage.copy(from, size, to, when);
    }

    @Override
    public Overwriting overwriting() {
        return storage.overwriting();
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        before("copy", to.value());
        return storage.copy(from, size, to);
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        before("open", key.value());
        return storage.open(key, offset, length);
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        before("stat", key.value());
        return storage.stat(key);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        before("list", prefix);
        return storage.list(prefix);
    }

    @Override
    public void refresh(String prefix) {
        storage.refresh(prefix);
    }

    @Override
    public List<String> directories(String prefix) {
        before("directories", prefix);
        return storage.directories(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        before("deleteAll", keys.toString());
        return storage.deleteAll(keys);
    }

    @Override
    public void flush() {
        before("flush", "");
        storage.flush();
    }

    @Override
    public OptionalLong freeSpace() {
        return storage.freeSpace();
    }

    @Override
    public HashRule hashRule() {
        return storage.hashRule();
    }

    @Override
    public String describe() {
        return storage.describe();
    }

    @Override
    public void close() {
        storage.close();
    }
}
