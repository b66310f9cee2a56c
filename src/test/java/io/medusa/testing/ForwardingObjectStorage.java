package io.medusa.testing;

import io.medusa.storage.HashRule;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import io.medusa.storage.Traffic;
import io.medusa.storage.UnfinishedUpload;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Passes every call on to another store; doubles that change some of them extend it. */
public abstract class ForwardingObjectStorage implements ObjectStorage {
    private final ObjectStorage storage;

    /** @param storage receives every call */
    protected ForwardingObjectStorage(ObjectStorage storage) {
        this.storage = storage;
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        return storage.put(key, source);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        return storage.put(key, source, when);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return storage.copy(from, size, to);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        return storage.copy(from, size, to, when);
    }

    @Override
    public Overwriting overwriting() {
        return storage.overwriting();
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source) {
        return multipart(key, source, Precondition.NONE);
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return storage.multipart(key, source, when);
    }

    /** By {@link #open(ObjectKey, long, long)}, as in the interface, so that a double changes one method only. */
    @Override
    public Optional<InputStream> open(ObjectKey key) {
        return open(key, 0, Long.MAX_VALUE);
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        return storage.open(key, offset, length);
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return storage.stat(key);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return storage.list(prefix);
    }

    @Override
    public void refresh(String prefix) {
        storage.refresh(prefix);
    }

    @Override
    public List<String> directories(String prefix) {
        return storage.directories(prefix);
    }

    @Override
    public List<String> split(String prefix) {
        return storage.split(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        return storage.deleteAll(keys);
    }

    @Override
    public void flush() {
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
    public Traffic.Counts traffic() {
        return storage.traffic();
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) {
        return storage.unfinishedUploads(prefix);
    }

    @Override
    public void abort(UnfinishedUpload upload) {
        storage.abort(upload);
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
