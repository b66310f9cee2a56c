package io.medusa.repository;

import io.medusa.storage.MultipartUpload;
import io.medusa.storage.StoredObject;

/**
 * A multipart upload that becomes an object only if a check passes right before.
 *
 * @param check fails if the object must not be stored any more
 */
record GuardedUpload(MultipartUpload upload, Runnable check) implements MultipartUpload {
    @Override
    public int parts() {
        return upload.parts();
    }

    @Override
    public long size(int part) {
        return upload.size(part);
    }

    @Override
    public void put(int part) {
        upload.put(part);
    }

    @Override
    public StoredObject complete() {
        check.run();
        return upload.complete();
    }

    @Override
    public void abort() {
        upload.abort();
    }
}
