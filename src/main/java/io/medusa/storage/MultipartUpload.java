package io.medusa.storage;

/**
 * A multipart upload of an object: parts are uploaded in any order and by several threads at once. No request is sent before the
 * first part, and nothing is visible before {@link #complete}.
 */
public interface MultipartUpload {
    /** The number of parts, at least 1. */
    int parts();

    /** The size of a part in bytes; parts are numbered from 0. */
    long size(int part);

    /** Uploads a part. A part that is uploaded again replaces the first one. */
    void put(int part);

    /** Assembles the object. All parts must have been uploaded. */
    StoredObject complete();

    /** Uploads all parts one after the other and assembles the object. Aborts on failure. */
    default StoredObject all() {
        boolean complete = false;
        try {
            for (int part = 0; part < parts(); part++) {
                put(part);
            }
            StoredObject stored = complete();
            complete = true;
            return stored;
        } finally {
            if (!complete) {
                abort();
            }
        }
    }

    /** Aborts the upload if the store can be reached. This object must not be used afterwards. */
    void abort();
}
