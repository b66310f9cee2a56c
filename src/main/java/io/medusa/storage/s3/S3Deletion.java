package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/** Deletes objects, in batches if the store supports that. Thread-safe. */
final class S3Deletion {
    private static final int DELETED_AT_ONCE = 1000;

    private final S3Calls calls;
    private final String bucket;
    private volatile boolean batchesWork = true;

    S3Deletion(S3Calls calls, String bucket) {
        this.calls = calls;
        this.bucket = bucket;
    }

    List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        List<ObjectKey> all = List.copyOf(keys);
        List<ObjectKey> kept = new ArrayList<>();
        for (int from = 0; from < all.size(); from += DELETED_AT_ONCE) {
            List<ObjectKey> batch = all.subList(from, Math.min(all.size(), from + DELETED_AT_ONCE));
            if (batch.size() == 1 || !batchesWork) {
                batch.forEach(key -> delete(key, kept));
            } else {
                deleteBatch(batch, kept);
            }
        }
        return kept;
    }

    private void delete(ObjectKey key, List<ObjectKey> kept) {
        String what = "deleting " + key;
        try {
            calls.client().deleteObject(request -> request.bucket(bucket).key(key.value()));
        } catch (SdkException failed) {
            if (S3Failures.isLocked(failed.getMessage())) {
                kept.add(key);
                return;
            }
            Optional<Object> unused = calls.absent("delete", what, failed);
        }
    }

    private void deleteBatch(List<ObjectKey> batch, List<ObjectKey> kept) {
        String what = "deleting " + batch.get(0) + " and " + (batch.size() - 1) + " more";
        DeleteObjectsResponse response;
        try {
            response = calls.client().deleteObjects(request -> request.bucket(bucket)
                    .delete(Delete.builder()
                            .quiet(true)
                            .objects(batch.stream()
                                    .map(key -> ObjectIdentifier.builder()
                                            .key(key.value())
                                            .build())
                                    .toList())
                            .build()));
        } catch (SdkException failed) {
            if (S3Failures.isNotImplemented(failed)) {
                batchesWork = false;
                batch.forEach(key -> delete(key, kept));
                return;
            }
            throw calls.failure("delete", what, failed);
        }
        List<S3Error> errors = new ArrayList<>();
        for (S3Error error : response.errors()) {
            if (S3Failures.isLocked(error.message())) {
                kept.add(new ObjectKey(error.key()));
            } else if (!"NoSuchKey".equals(error.code())) {
                errors.add(error);
            }
        }
        if (!errors.isEmpty()) {
            S3Error error = errors.get(0);
            throw new MedusaException(
                    "AccessDenied".equals(error.code()) ? FailureKind.STORAGE_DENIED : FailureKind.STORAGE_UNAVAILABLE,
                    "deleting " + error.key() + " in " + calls.describe() + ": the store answered " + error.code()
                            + (error.message() == null ? "" : ": " + error.message())
                            + ("AccessDenied".equals(error.code())
                                    ? "; the credentials lack the s3:DeleteObject permission on " + bucket
                                    : "")
                            + (errors.size() > 1 ? " (and " + (errors.size() - 1) + " more)" : ""));
        }
    }
}
