package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.storage.HashedSource;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** A multipart upload of a source. */
final class S3Upload implements MultipartUpload {
    private final S3Calls calls;
    private final S3Requests requests;
    private final ObjectKey key;
    private final ObjectSource source;
    private final S3Assembly assembly;

    S3Upload(S3Calls calls, S3Requests requests, ObjectKey key, ObjectSource source, long partSize, Precondition when) {
        this.calls = calls;
        this.requests = requests;
        this.key = key;
        this.source = source;
        this.assembly = new S3Assembly(
                calls,
                requests,
                key,
                S3Requests.isReadable(source),
                source.size(),
                partSize,
                when,
                "storing " + source.describe() + " as " + key);
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
    public void put(int part) {
        String upload = assembly.begin();
        ObjectSource piece = source.part(assembly.offset(part), size(part));
        try (HashedSource hashed = HashedSource.read(piece)) {
            UploadPartResponse response = calls.call("put", assembly.what(), () -> calls.client()
                    .uploadPart(
                            requests.part(key, upload, part + 1)
                                    .contentMD5(hashed.md5().toBase64())
                                    .build(),
                            S3Requests.body(hashed)));
            assembly.stored(part, hashed.md5(), S3Calls.tag(response.eTag()));
        } catch (IOException unreadable) {
            throw Failures.ofFile(assembly.what(), unreadable, FailureKind.LOCAL_FILE);
        }
    }

    @Override
    public StoredObject complete() {
        return assembly.complete();
    }

    @Override
    public void abort() {
        assembly.abort();
    }
}
