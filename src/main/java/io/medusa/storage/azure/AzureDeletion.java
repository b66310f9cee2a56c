package io.medusa.storage.azure;

import com.azure.core.util.Context;
import com.azure.storage.blob.batch.BlobBatch;
import com.azure.storage.blob.batch.BlobBatchClient;
import com.azure.storage.blob.models.BlobStorageException;
import io.medusa.storage.ObjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Deletes blobs in batches. */
final class AzureDeletion {
    private static final int DELETED_AT_ONCE = 256;
    private static final int NOT_FOUND = 404;

    private final AzureCalls calls;
    private final BlobBatchClient batches;

    AzureDeletion(AzureCalls calls, BlobBatchClient batches) {
        this.calls = calls;
        this.batches = batches;
    }

    List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        List<ObjectKey> all = List.copyOf(keys);
        List<ObjectKey> kept = new ArrayList<>();
        for (int from = 0; from < all.size(); from += DELETED_AT_ONCE) {
            List<ObjectKey> some = all.subList(from, Math.min(all.size(), from + DELETED_AT_ONCE));
            if (some.size() == 1) {
                delete(some.get(0), kept);
            } else {
                deleteBatch(some, kept);
            }
        }
        return kept;
    }

    private void delete(ObjectKey key, List<ObjectKey> kept) {
        calls.call("delete", "deleting " + key, () -> {
            try {
                return calls.blob(key).deleteIfExists();
            } catch (BlobStorageException failed) {
                if (!AzureFailures.isKept(failed)) {
                    throw failed;
                }
                return kept.add(key);
            }
        });
    }

    private void deleteBatch(List<ObjectKey> some, List<ObjectKey> kept) {
        String what = "deleting " + some.get(0) + " and " + (some.size() - 1) + " more";
        BlobBatch batch = batches.getBlobBatch();
        List<com.azure.core.http.rest.Response<Void>> answers = some.stream()
                .map(key -> batch.deleteBlob(calls.blob(key).getBlobUrl()))
                .toList();
        calls.call("delete", what, () -> batches.submitBatchWithResponse(batch, false, null, Context.NONE));
        for (int i = 0; i < answers.size(); i++) {
            ObjectKey key = some.get(i);
            try {
                int unused = answers.get(i).getStatusCode();
            } catch (BlobStorageException failed) {
                if (AzureFailures.isKept(failed)) {
                    kept.add(key);
                } else if (failed.getStatusCode() != NOT_FOUND) {
                    throw calls.failure("delete", "deleting " + key, failed);
                }
            }
        }
    }
}
