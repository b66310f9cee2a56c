package io.medusa.storage;

import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A bucket. Every method is thread-safe and blocks until done.
 *
 * <p>A missing object is an answer, never an error. A missing permission, a missing bucket or a fault of the server is an error
 * ({@link io.medusa.error.MedusaException}) and never looks like a missing object. Adapters retry where that makes sense. Interrupting
 * a thread ends its call promptly, with kind {@code INTERRUPTED}.
 */
public interface ObjectStorage extends AutoCloseable {
    /**
     * Stores an object, replacing one with the same key. The new object becomes visible completely or not at all.
     *
     * @return the object, with the hash of the bytes read from the source, which is read only once
     */
    StoredObject put(ObjectKey key, ObjectSource source);

    /**
     * Copies inside the store, without transferring the bytes through this machine if the store allows it. The copy does not depend on
     * the original afterwards. A missing original is an error of kind {@code STORAGE_UNAVAILABLE}.
     *
     * @param size the size of the original in bytes
     */
    StoredObject copy(ObjectKey from, long size, ObjectKey to);

    /**
     * Stores an object if the precondition is met; {@link #overwriting} tells who checks it.
     *
     * @throws io.medusa.error.MedusaException of kind {@code BUSY} if it is not met; then nothing was stored or, after a lost answer,
     *     this very object
     */
    default StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        if (!when.isNone()) {
            when.check("storing " + source.describe() + " as " + key, stat(key));
        }
        return put(key, source);
    }

    /** Copies like {@link #copy(ObjectKey, long, ObjectKey)}, if the precondition is met for the target. */
    default StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        if (!when.isNone()) {
            when.check("copying " + from + " to " + to, stat(to));
        }
        return copy(from, size, to);
    }

    /** How reliably preconditions are checked, as far as is known now. */
    default Overwriting overwriting() {
        return Overwriting.POSSIBLE;
    }

    /**
     * A multipart upload, if this object benefits from one; otherwise empty, and the caller uses {@link #put}. The resulting object is
     * the same either way.
     */
    default Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source) {
        return multipart(key, source, Precondition.NONE);
    }

    /** The same; {@link MultipartUpload#complete} checks the precondition. */
    default Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return Optional.empty();
    }

    /** The content of an object; empty if there is no such object. The caller closes the stream. */
    default Optional<InputStream> open(ObjectKey key) {
        return open(key, 0, Long.MAX_VALUE);
    }

    /**
     * A range of an object; empty if there is no such object. The caller closes the stream. A failed read throws a
     * {@link io.medusa.error.MedusaException} that names the object, never an {@link java.io.IOException}.
     *
     * @param offset the offset of the first byte
     * @param length the maximum number of bytes; fewer are returned if the object ends before
     */
    Optional<InputStream> open(ObjectKey key, long offset, long length);

    /** The size, hash and age of an object; empty if there is no such object. */
    Optional<StoredObject> stat(ObjectKey key);

    /**
     * All objects whose key starts with the text (which need not end at a slash; empty lists the whole bucket), in ascending order of
     * their keys' UTF-8 bytes. Pages are fetched while the stream is consumed; the caller closes it. Objects that appear or disappear
     * during the listing may or may not be listed.
     */
    Stream<StoredObject> list(String prefix);

    /**
     * Makes subsequent listings below the prefix, which ends at a slash, show everything that other machines have stored so far. For a
     * server this does nothing; a network file system may otherwise show a cached state for up to a minute.
     */
    default void refresh(String prefix) {}

    /**
     * The segments that directly follow the prefix (which is empty or ends at a slash) and have objects below them: each once, in no
     * particular order. A store with real directories may include empty ones.
     */
    List<String> directories(String prefix);

    /**
     * Disjoint prefixes that together contain the same objects as this one, for listing in parallel; only this one if that has no
     * benefit.
     *
     * @param prefix ends at a slash
     */
    default List<String> split(String prefix) {
        return List.of(prefix);
    }

    /**
     * Deletes objects. A missing one counts as deleted.
     *
     * @return the objects that the store must keep because of a lock, a legal hold or a retention period
     */
    List<ObjectKey> deleteAll(Collection<ObjectKey> keys);

    /** Returns when everything stored by this instance survives a power failure. For a server this does nothing. */
    default void flush() {}

    /** The free space in bytes, if the store has a limit that can be determined. */
    default OptionalLong freeSpace() {
        return OptionalLong.empty();
    }

    /** How this store hashes objects. */
    HashRule hashRule();

    /** The requests so far. */
    default Traffic.Counts traffic() {
        return new Traffic().counts();
    }

    /** Incomplete multipart uploads below a prefix. */
    default List<UnfinishedUpload> unfinishedUploads(String prefix) {
        return List.of();
    }

    /** Aborts an incomplete multipart upload. */
    default void abort(UnfinishedUpload upload) {}

    /** The name of the bucket for messages, without secrets. */
    String describe();

    /** Releases connections; stored objects are not affected. */
    @Override
    void close();
}
