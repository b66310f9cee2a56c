package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** A multipart upload, whose parts are sent or copied inside the store. Thread-safe. */
final class S3Assembly {
    private static final Logger LOG = LoggerFactory.getLogger(S3Assembly.class);

    private final S3Calls calls;
    private final S3Requests requests;
    private final ObjectKey key;
    private final boolean readable;
    private final long size;
    private final long partSize;
    private final Precondition when;
    private final String what;
    private final String[] tags;
    private final @Nullable ContentHash[] hashes;
    private @Nullable String id;
    private @Nullable ServerSideEncryption encryption;

    /**
     * Sends no request yet.
     *
     * @param readable whether it must be readable at any time
     * @param when the object may be stored; checked at the end
     * @param what is being done, for messages
     */
    S3Assembly(
            S3Calls calls,
            S3Requests requests,
            ObjectKey key,
            boolean readable,
            long size,
            long partSize,
            Precondition when,
            String what) {
        this.calls = calls;
        this.requests = requests;
        this.key = key;
        this.readable = readable;
        this.size = size;
        this.partSize = partSize;
        this.when = when;
        this.what = what;
        int parts = (int) HashRule.parts(size, partSize);
        this.tags = new String[parts];
        this.hashes = new ContentHash[parts];
    }

    int parts() {
        return tags.length;
    }

    long offset(int part) {
        return part * partSize;
    }

    long size(int part) {
        return Math.min(partSize, size - offset(part));
    }

    String what() {
        return what;
    }

    /** The store's id of the upload, which is started by the first call. */
    synchronized String begin() {
        if (id == null) {
            CreateMultipartUploadResponse created = calls.call("put", what, () -> calls.client()
                    .createMultipartUpload(requests.createUpload(key, readable).build()));
            id = created.uploadId();
            encryption = created.serverSideEncryption();
        }
        return id;
    }

    /** Records a part. The store's tag must be the hash of what was sent. */
    synchronized void stored(int part, ContentHash sent, String tag) {
        if (!calls.isOpaque(encryption)
                && ContentHash.parse(tag).filter(sent::contradicts).isPresent()) {
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    what + " in " + calls.describe() + ": the store received different bytes than were sent for part "
                            + (part + 1) + ". Something between this machine and the store corrupts data");
        }
        hashes[part] = sent;
        tags[part] = tag;
    }

    /** Records a part of which only the store's tag is known. */
    synchronized void stored(int part, String tag) {
        hashes[part] = ContentHash.parse(tag).orElse(null);
        tags[part] = tag;
    }

    synchronized StoredObject complete() {
        String upload = begin();
        List<CompletedPart> parts = new ArrayList<>();
        for (int part = 0; part < tags.length; part++) {
            parts.add(CompletedPart.builder()
                    .partNumber(part + 1)
                    .eTag('"' + tags[part] + '"')
                    .build());
        }
        CompleteMultipartUploadResponse response;
        try {
            response = calls.callIf("put", what, key, when, headers -> calls.client()
                    .completeMultipartUpload(requests.complete(key, upload, parts)
                            .ifNoneMatch(headers.ifNoneMatch())
                            .ifMatch(headers.ifMatch())
                            .build()));
        } catch (MedusaException failed) {
            // after a lost answer the repeated request finds no upload, but the object exists
            if (!(failed.getCause() instanceof SdkException answer && S3Failures.isAbsent(answer))) {
                throw failed;
            }
            id = null;
            return calls.stat(key)
                    .filter(object -> object.size() == size && hash().equals(object.knownHash()))
                    .orElseThrow(() -> failed);
        }
        id = null;
        ContentHash sent = hash().orElse(null);
        String tag = S3Calls.tag(response.eTag());
        return new StoredObject(
                key,
                size,
                sent,
                S3Calls.time(response.sdkHttpResponse()),
                sent != null && tag.equals(sent.toString()) ? null : tag);
    }

    private Optional<ContentHash> hash() {
        ContentHash[] known = Arrays.stream(hashes)
                .filter(hash -> hash != null && hash.form() == ContentHash.Form.MD5)
                .toArray(ContentHash[]::new);
        return known.length == hashes.length ? Optional.of(ContentHash.ofParts(known)) : Optional.empty();
    }

    synchronized void abort() {
        if (id == null) {
            return;
        }
        String upload = id;
        id = null;
        // also while this thread is being stopped: otherwise the parts remain and are billed
        boolean interrupted = Thread.interrupted();
        try {
            calls.client()
                    .abortMultipartUpload(request ->
                            request.bucket(requests.bucket()).key(key.value()).uploadId(upload));
        } catch (SdkException left) {
            LOG.warn(
                    "An incomplete multipart upload of {} remains in {} and is billed until it is aborted. Run medusa clear-uploads ({})",
                    key,
                    calls.describe(),
                    left.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
