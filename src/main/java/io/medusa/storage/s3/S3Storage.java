package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ContentStream;
import io.medusa.storage.HashRule;
import io.medusa.storage.HashedSource;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Pages;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import io.medusa.storage.Traffic;
import io.medusa.storage.UnfinishedUpload;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A bucket behind the S3 API.
 *
 * <p>Every request carries the MD5 of its bytes, so that the server rejects corrupted ones, and the tag that the server returns is
 * compared with what was read. Objects from the threshold on are uploaded in parts of the size that the reference uses, so that their
 * tags do not depend on the program that stored them (docs/compatibility.md 8.2).
 */
public final class S3Storage implements ObjectStorage {
    private final S3Settings settings;
    private final S3Client client;
    private final S3Requests requests;
    private final S3Calls calls;
    private final S3Reader reader;
    private final S3Deletion deletion;
    private final Traffic traffic = new Traffic();
    private final HashRule rule;

    /** Connects on first use. */
    public S3Storage(S3Settings settings) {
        this(settings, Optional.empty());
    }

    /** @param backoff between attempts, instead of the SDK's own; for tests */
    S3Storage(S3Settings settings, Optional<BackoffStrategy> backoff) {
        this.settings = settings;
        this.client = S3Clients.create(settings, traffic, backoff);
        this.requests = new S3Requests(settings);
        this.calls = new S3Calls(settings, client, requests);
        this.reader = new S3Reader(calls, requests, traffic);
        this.deletion = new S3Deletion(calls, settings.bucket());
        this.rule =
                new HashRule(settings.multipartThreshold(), settings.partSize(), false, S3Calls.isEncrypted(settings));
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        return put(key, source, Precondition.NONE);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        Optional<MultipartUpload> parts = multipart(key, source, when);
        if (parts.isPresent()) {
            return parts.get().all();
        }
        String what = "storing " + source.describe() + " as " + key;
        try (HashedSource hashed = HashedSource.read(source)) {
            PutObjectResponse response = calls.callIf(
                    "put",
                    what,
                    key,
                    when,
                    headers -> client.putObject(
                            requests.put(key, S3Requests.isReadable(source))
                                    .contentMD5(hashed.md5().toBase64())
                                    .ifNoneMatch(headers.ifNoneMatch())
                                    .ifMatch(headers.ifMatch())
                                    .build(),
                            S3Requests.body(hashed)));
            return checked(
                    what,
                    key,
                    source.size(),
                    hashed.md5(),
                    response.eTag(),
                    calls.isOpaque(response.serverSideEncryption()),
                    S3Calls.time(response.sdkHttpResponse()));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        long partSize = rule.partSize(source.size());
        return partSize == 0
                ? Optional.empty()
                : Optional.of(new S3Upload(calls, requests, key, source, partSize, when));
    }

    @Override
    public Overwriting overwriting() {
        return calls.overwriting();
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        return reader.open(key, offset, length);
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return calls.stat(key);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        return deletion.deleteAll(keys);
    }

    /** Compares the store's answer with what was sent. */
    private StoredObject checked(
            String what,
            ObjectKey key,
            long size,
            ContentHash sent,
            @Nullable String rawTag,
            boolean opaque,
            Instant modified) {
        String tag = S3Calls.tag(rawTag);
        if (tag.equals(sent.toString())) {
            return new StoredObject(key, size, sent, modified);
        }
        if (!opaque && ContentHash.parse(tag).filter(sent::contradicts).isPresent()) {
            confirm(what, key, sent);
        }
        return new StoredObject(key, size, sent, modified, tag.isEmpty() ? null : tag);
    }

    /** Handles a tag that is not the hash of what was sent: either the store has other bytes, or its tags are opaque. */
    private void confirm(String what, ObjectKey key, ContentHash sent) {
        Optional<ContentHash> stored = open(key).map(content -> {
            try (InputStream in = content) {
                return ContentHasher.of(ContentStream.channel(in), 0);
            } catch (IOException failed) {
                throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
            }
        });
        if (stored.filter(sent::equals).isEmpty()) {
            deleteAll(List.of(key));
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    what + " in " + describe()
                            + ": the store received different bytes than were sent. They were deleted again."
                            + " Something between this machine and the store corrupts data");
        }
        calls.distrustTags();
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return copy(from, size, to, Precondition.NONE);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        String what = "copying " + from + " to " + to;
        long partSize = rule.partSize(size);
        if (partSize > 0) {
            return new S3Copy(calls, requests, from, size, to, partSize, when).all();
        }
        CopyObjectResponse response = calls.callIf(
                "copy",
                what,
                to,
                when,
                headers -> client.copyObject(requests.copy(from, to)
                        .ifNoneMatch(headers.ifNoneMatch())
                        .ifMatch(headers.ifMatch())
                        .build()));
        String tag = S3Calls.tag(response.copyObjectResult().eTag());
        Instant modified = response.copyObjectResult().lastModified();
        return calls.listed(
                to,
                size,
                tag,
                calls.isOpaque(response.serverSideEncryption()),
                modified == null ? S3Calls.time(response.sdkHttpResponse()) : modified);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return Pages.of(
                (Optional<String> token) -> calls.call(
                        "list",
                        "listing " + prefix,
                        () -> client.listObjectsV2(requests.list(prefix)
                                .continuationToken(token.orElse(null))
                                .build())),
                page -> Optional.ofNullable(page.nextContinuationToken()),
                page -> page.contents().stream()
                        .filter(object -> ObjectKey.isValid(object.key()))
                        .map(object -> calls.listed(
                                new ObjectKey(object.key()),
                                object.size(),
                                S3Calls.tag(object.eTag()),
                                calls.isOpaque(null),
                                object.lastModified())));
    }

    @Override
    public List<String> directories(String prefix) {
        return Pages.of(
                        (Optional<String> token) -> calls.call(
                                "list",
                                "listing " + prefix,
                                () -> client.listObjectsV2(requests.list(prefix)
                                        .delimiter("/")
                                        .continuationToken(token.orElse(null))
                                        .build())),
                        page -> Optional.ofNullable(page.nextContinuationToken()),
                        page -> page.commonPrefixes().stream().map(CommonPrefix::prefix))
                .map(whole -> whole.substring(prefix.length(), whole.length() - 1))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    @Override
    public List<String> split(String prefix) {
        ListObjectsV2Response level = calls.call(
                "list",
                "listing " + prefix,
                () -> client.listObjectsV2(requests.list(prefix).delimiter("/").build()));
        List<String> below =
                level.commonPrefixes().stream().map(CommonPrefix::prefix).toList();
        boolean isAll = level.contents().isEmpty() && level.nextContinuationToken() == null;
        return isAll && below.size() > 1 ? below : List.of(prefix);
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) {
        List<UnfinishedUpload> found = new ArrayList<>();
        Pages.of(
                        (Optional<ListMultipartUploadsResponse> before) -> calls.call(
                                "list uploads",
                                "listing incomplete multipart uploads of " + prefix,
                                () -> client.listMultipartUploads(request -> request.bucket(settings.bucket())
                                        .prefix(prefix)
                                        .keyMarker(before.map(ListMultipartUploadsResponse::nextKeyMarker)
                                                .orElse(null))
                                        .uploadIdMarker(before.map(ListMultipartUploadsResponse::nextUploadIdMarker)
                                                .orElse(null)))),
                        page -> Optional.of(page).filter(ListMultipartUploadsResponse::isTruncated),
                        page -> page.uploads().stream())
                .filter(upload ->
                        ObjectKey.isValid(upload.key()) && upload.key().startsWith(prefix))
                .forEach(upload -> found.add(
                        new UnfinishedUpload(new ObjectKey(upload.key()), upload.uploadId(), upload.initiated())));
        return found;
    }

    @Override
    public void abort(UnfinishedUpload upload) {
        String what = "aborting the multipart upload of " + upload.key();
        try {
            client.abortMultipartUpload(request ->
                    request.bucket(settings.bucket()).key(upload.key().value()).uploadId(upload.id()));
        } catch (SdkException failed) {
            Optional<Object> unused = calls.absent("abort", what, failed);
        }
    }

    @Override
    public HashRule hashRule() {
        return rule;
    }

    @Override
    public Traffic.Counts traffic() {
        return traffic.counts();
    }

    @Override
    public String describe() {
        return calls.describe();
    }

    @Override
    public void close() {
        client.close();
    }
}
