package io.medusa.testing;

import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Passes calls on after a script had the chance to throw; the script gets the method and the key or prefix. */
public final class FaultyStorage extends ForwardingObjectStorage {
    private final BiConsumer<String, String> script;
    private final AtomicInteger calls = new AtomicInteger();

    public FaultyStorage(ObjectStorage storage, BiConsumer<String, String> script) {
        super(storage);
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
        return super.put(key, source);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        before("put", key.value());
        return super.put(key, source, when);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        before("copy", to.value());
        return super.copy(from, size, to, when);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        before("copy", to.value());
        return super.copy(from, size, to);
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        // the script knows whole objects only
        return Optional.empty();
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        before("open", key.value());
        return super.open(key, offset, length);
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        before("stat", key.value());
        return super.stat(key);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        before("list", prefix);
        return super.list(prefix);
    }

    @Override
    public List<String> directories(String prefix) {
        before("directories", prefix);
        return super.directories(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        before("deleteAll", keys.toString());
        return super.deleteAll(keys);
    }

    @Override
    public void flush() {
        before("flush", "");
        super.flush();
    }
}
