package io.medusa.storage;

import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A bucket. Every method may be called from several threads at once and blocks until done.
 *
 * <p>A missing object is an answer, never an error; a refused right, a missing bucket or a server's fault is an error
 * ({@link io.medusa.error.MedusaException}) and never looks like "absent". Retries, where they make sense, happen inside the
 * adapter. An interrupted thread ends its call soon, with kind {@code INTERRUPTED}.
 */
public interface ObjectStorage extends AutoCloseable {
    /**
     * Stores an object, replacing one of the same key. The new object becomes visible complete or not at all.
     *
     * @return with the hash of the bytes that were read from the source, in one reading
     */
    StoredObject put(ObjectKey key, ObjectSource source);

    /**
     * Copies inside the store, without the bytes passing through this machine where the store allows it. The copy does
     * not depend on the original afterwards. A missing original is an error of kind {@code STORAGE_UNAVAILABLE}.
     *
     * @param size of the original
     */
    StoredObject copy(ObjectKey from, long size, ObjectKey to);

    /**
     * Stores an object if the precondition is met, which the store itself checks where {@link #overwriting} says so.
     *
     * @throws io.medusa.error.MedusaException of kind {@code BUSY} if it is not met; then nothing was stored, or, after an answer
     *     that got lost, this very object
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

    /** How far preconditions keep writers from replacing each other's objects, as far as is known now. */
    default Overwriting overwriting() {
        return Overwriting.POSSIBLE;
    }

    /**
     * A way to store a large object piece by piece, where the store gains from it; otherwise nothing, and {@link #put} does.
     * The object is the same either way.
     */
    default Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source) {
        return multipart(key, source, Precondition.NONE);
    }

    /** The same; {@link MultipartUpload#complete} checks the precondition. */
    default Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return Optional.empty();
    }

    /** The content of an object, or nothing if there is none. The caller closes the stream. */
    default Optional<InputStream> open(ObjectKey key) {
        return open(key, 0, Long.MAX_VALUE);
    }

    /**
     * A part of an object, or nothing if there is none. The caller closes the stream. A read that fails throws a
     * {@link io.medusa.error.MedusaException} that names the object, never an {@link java.io.IOException}.
     *
     * @param offset of the first byte
     * @param length most bytes to read; fewer if the object ends before
     */
    Optional<InputStream> open(ObjectKey key, long offset, long length);

    /** What is known of one object without reading it. */
    Optional<StoredObject> stat(ObjectKey key);

    /**
     * All objects whose key begins with the text (which need not end at a slash; empty lists the bucket), in ascending
     * order of their keys' UTF-8 bytes. Pages are fetched while the stream is consumed; the caller closes it. Objects that
     * appear or vanish meanwhile may or may not be listed.
     */
    Stream<StoredObject> list(String prefix);

    /**
     * From now on listings below the prefix, which ends at a slash, show what other machines have stored there so far. Servers do so
     * by themselves; a file system that is mounted from one may show what it has remembered for a minute.
     */
    default void refresh(String prefix) {}

    /**
     * The segments that follow directly after the prefix, which is empty or ends at a slash, and that have objects below
     * them; each once, in no particular order. A store with real directories may name empty ones, too.
     */
    List<String> directories(String prefix);

    /**
     * Prefixes that together hold just what this one holds, so that they can be listed side by side; this one itself where
     * nothing is gained by that.
     *
     * @param prefix ends at a slash
     */
    default List<String> split(String prefix) {
        return List.of(prefix);
    }

    /**
     * Deletes these objects; one that is not there is deleted already.
     *
     * @return those that the store has to keep for now, by a lock, a hold or a time of retention
     */
    List<ObjectKey> deleteAll(Collection<ObjectKey> keys);

    /** Returns once everything stored so far by this instance survives a power failure; servers acknowledge nothing before. */
    default void flush() {}

    /** The room that is left, in bytes, where there is a limit that can be asked for. */
    default OptionalLong freeSpace() {
        return OptionalLong.empty();
    }

    /** How this store hashes. */
    HashRule hashRule();

    /** What has been asked of the store so far. */
    default Traffic.Counts traffic() {
        return new Traffic().counts();
    }

    /** Uploads in parts below a prefix that were begun and neither completed nor given up. */
    default List<UnfinishedUpload> unfinishedUploads(String prefix) {
        return List.of();
    }

    /** Gives an unfinished upload up. */
    default void abort(UnfinishedUpload upload) {}

    /** What to call it in a message, without secrets. */
    String describe();

    /** Releases connections; stored objects are not affected. */
    @Override
    void close();
}
