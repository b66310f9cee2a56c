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
     */
    StoredObject copy(ObjectKey from, ObjectKey to);

    /** The content of an object, or nothing if there is none. The caller closes the stream. */
    Optional<InputStream> open(ObjectKey key);

    /** What is known of one object without reading it. */
    Optional<StoredObject> stat(ObjectKey key);

    /**
     * All objects whose key begins with the text (which need not end at a slash; empty lists the bucket), in ascending
     * order of their keys' UTF-8 bytes. Pages are fetched while the stream is consumed; the caller closes it. Objects that
     * appear or vanish meanwhile may or may not be listed.
     */
    Stream<StoredObject> list(String prefix);

    /**
     * The segments that follow directly after the prefix, which is empty or ends at a slash, and that have objects below
     * them; each once, in no particular order. A store with real directories may name empty ones, too.
     */
    List<String> directories(String prefix);

    /** Deletes these objects; one that is not there is deleted already. */
    void deleteAll(Collection<ObjectKey> keys);

    /** Returns once everything stored so far by this instance survives a power failure. */
    void flush();

    /** The room that is left, in bytes, where there is a limit that can be asked for. */
    OptionalLong free();

    /** What to call it in a message, without secrets. */
    String describe();

    /** Releases connections; stored objects are not affected. */
    @Override
    void close();
}
