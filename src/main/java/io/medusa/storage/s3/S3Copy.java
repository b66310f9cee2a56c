package io.medusa.storage.s3;

import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import software.amazon.awssdk.services.s3.model.UploadPartCopyResponse;

/** Copies a large object inside the store, with the part size of an upload, so that the tag is the same. */
final class S3Copy implements MultipartUpload {
    private final S3Calls calls;
    private final S3Requests requests;
    private final ObjectKey from;
    private final ObjectKey to;
    private final S3Assembly assembly;

    S3Copy(
            S3Calls calls,
            S3Requests requests,
            ObjectKey from,
            long size,
            ObjectKey to,
            long partSize,
            Precondition when) {
        this.calls = calls;
        this.requests = requests;
        this.from = from;
        this.to = to;
        this.assembly =
                new S3Assembly(calls, requests, to, true, size, partSize, when, "copying " + from + " to " + to);
    }

    @Override
    public int parts() {
        return assembly.parts();
    }

    @Override
    public long size(int part) {
        return assembly.size(part);
    }

    @Override
    public StoredObject complete() {
        return assembly.complete();
    }

    @Override
    public void abort() {
        assembly.abort();
    }

    @Override
    public void put(int part) {
        String upload = assembly.begin();
        long first = assembly.offset(part);
        UploadPartCopyResponse response = calls.call("copy", assembly.what(), () -> calls.client()
                .uploadPartCopy(requests.partCopy(from, to, upload, part + 1)
                        .copySourceRange("bytes=" + first + "-" + (first + assembly.size(part) - 1))
                        .build()));
        assembly.stored(part, S3Calls.tag(response.copyPartResult().eTag()));
    }
}
