package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
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
import java.nio.channels.Channels;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * A bucket behind the S3 API.
 *
 * <p>What is sent carries its MD5, so that the server refuses bytes that changed on the way; what the server says that it stored
 * is compared with what was read. Objects from the threshold on go up in parts of the size that the reference uses, so that
 * their tags are the same whoever stored them (docs/compatibility.md 8.2).
 */
public final class S3Storage implements ObjectStorage {
    private static final Logger LOG = LoggerFactory.getLogger(S3Storage.class);
    private static final int DELETED_AT_ONCE = 1000;

    private final S3Settings settings;
    private final S3Client client;
    private final S3Requests requests;
    private final Traffic traffic = new Traffic();
    private final HashRule rule;
    private final S3Failures failures;
    private volatile boolean bucketSeen;
    private volatile boolean batchesWork = true;
    /** Whether the store takes requests with preconditions; those that copy are a younger invention. */
    private volatile boolean preconditionsWork = true;

    private volatile boolean copyPreconditionsWork = true;
    private volatile Overwriting overwriting = Overwriting.UNKNOWN;
    /** Whether tags that look like an MD5 have been seen not to be one. */
    private volatile boolean tagsAreOpaque;

    /** Connects when it is first used. */
    public S3Storage(S3Settings settings) {
        this.settings = settings;
        this.client = S3Clients.create(settings, traffic);
        this.requests = new S3Requests(settings);
        boolean encrypted =
                settings.kmsKey().isPresent() || settings.customerKey().isPresent();
        this.rule = new HashRule(settings.multipartThreshold(), settings.partSize(), false, encrypted);
        this.tagsAreOpaque = encrypted;
        this.failures = new S3Failures(settings.bucket(), describe());
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
            PutObjectResponse response = callIf(
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
                            body(hashed)));
            return checked(
                    what,
                    key,
                    source.size(),
                    hashed.md5(),
                    response.eTag(),
                    isOpaque(response.serverSideEncryption()),
                    time(response.sdkHttpResponse()));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        long partSize = rule.partSize(source.size());
        return partSize == 0
                ? Optional.empty()
                : Optional.of(new S3Upload(this, requests, key, source, partSize, when));
    }

    /** The headers that make a request conditional. */
    record Headers(@Nullable String ifNoneMatch, @Nullable String ifMatch) {
        private static final Headers NONE = new Headers(null, null);
        private static final Headers ABSENT = new Headers("*", null);
    }

    /** A request that takes such headers. */
    interface Conditional<T> {
        T send(Headers headers);
    }

    /**
     * Makes a request that stores an object, if the precondition is met. What must be replaced is looked up first, and named by its
     * tag. A store that refuses the headers is not asked again; then the look before the request is all there is.
     */
    <T> T callIf(String operation, String what, ObjectKey key, Precondition when, Conditional<T> request) {
        if (when.isNone()) {
            return call(operation, what, () -> request.send(Headers.NONE));
        }
        boolean copies = operation.equals("copy");
        if (preconditionsWork && (copyPreconditionsWork || !copies)) {
            try {
                // stores that do not know the headers of a copy pass over them
                Headers headers = when.isAbsent() && !copies ? Headers.ABSENT : headers(what, key, when);
                return request.send(headers);
            } catch (SdkException failed) {
                if (S3Failures.isPreconditionNotMet(failed)) {
                    if (!copies && when.isAbsent()) {
                        overwriting = Overwriting.PREVENTED;
                    }
                    throw Precondition.notMet(what + " in " + describe(), failed);
                }
                if (!S3Failures.refusesHeaders(failed)) {
                    throw failures.of(operation, what, failed);
                }
                LOG.debug("{} takes no preconditions ({})", describe(), failed.getMessage());
                if (copies) {
                    copyPreconditionsWork = false;
                } else {
                    preconditionsWork = false;
                    overwriting = Overwriting.POSSIBLE;
                }
            }
        }
        when.check(what + " in " + describe(), stat(key));
        return call(operation, what, () -> request.send(Headers.NONE));
    }

    private Headers headers(String what, ObjectKey key, Precondition when) {
        Optional<HeadObjectResponse> there = head(key);
        when.check(what + " in " + describe(), there.map(head -> stored(key, head)));
        return when.isAbsent()
                ? Headers.ABSENT
                : new Headers(null, there.map(HeadObjectResponse::eTag).orElse(null));
    }

    @Override
    public Overwriting overwriting() {
        return overwriting;
    }

    static RequestBody body(HashedSource source) {
        return RequestBody.fromContentProvider(
                () -> {
                    try {
                        return SendingClient.isSending() ? source.open() : source.look();
                    } catch (IOException unreadable) {
                        throw Failures.ofFile("reading what is to be stored", unreadable, FailureKind.LOCAL_FILE);
                    }
                },
                source.size(),
                "application/octet-stream");
    }

    S3Client client() {
        return client;
    }

    /** Makes a request; what goes wrong becomes a failure of one line. */
    <T> T call(String operation, String what, Supplier<T> request) {
        try {
            return request.get();
        } catch (SdkException failed) {
            throw failures.of(operation, what, failed);
        }
    }

    MedusaException failure(String operation, String what, SdkException failed) {
        return failures.of(operation, what, failed);
    }

    /** Whether tags of such an object say nothing about its bytes. */
    boolean isOpaque(@Nullable ServerSideEncryption encryption) {
        return tagsAreOpaque
                || encryption == ServerSideEncryption.AWS_KMS
                || encryption == ServerSideEncryption.AWS_KMS_DSSE;
    }

    /** Holds what the store says against what was sent. */
    StoredObject checked(
            String what,
            ObjectKey key,
            long size,
            ContentHash sent,
            @Nullable String rawTag,
            boolean opaque,
            Instant modified) {
        String tag = tag(rawTag);
        if (tag.equals(sent.toString())) {
            return new StoredObject(key, size, sent, modified);
        }
        if (!opaque && ContentHash.parse(tag).filter(sent::contradicts).isPresent()) {
            confirm(what, key, sent);
        }
        return new StoredObject(key, size, sent, modified, tag.isEmpty() ? null : tag);
    }

    /** The tag is not the hash of what was sent: either the store has other bytes, or its tags are none. */
    private void confirm(String what, ObjectKey key, ContentHash sent) {
        Optional<ContentHash> stored = open(key).map(content -> {
            try (InputStream in = content) {
                return ContentHasher.of(Channels.newChannel(in), 0);
            } catch (IOException failed) {
                throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
            }
        });
        if (stored.filter(sent::equals).isEmpty()) {
            deleteAll(List.of(key));
            throw new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    what + " in " + describe()
                            + ": the store received other bytes than were sent; they were deleted again."
                            + " Something between here and there damages data");
        }
        if (!tagsAreOpaque) {
            LOG.warn(
                    "{} gives objects tags that are not their MD5 (is it encrypted?); they are not relied on",
                    describe());
            tagsAreOpaque = true;
        }
    }

    static String tag(@Nullable String raw) {
        return raw == null ? "" : raw.replace("\"", "");
    }

    /** The store's own time, in whole seconds. */
    static Instant time(@Nullable SdkHttpResponse response) {
        if (response != null) {
            Optional<String> date = response.firstMatchingHeader("Date");
            if (date.isPresent()) {
                try {
                    return ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
                } catch (DateTimeParseException notAsItShouldBe) {
                    // then our own must do
                }
            }
        }
        return Instant.now();
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
            return new S3Copy(this, requests, from, size, to, partSize, when).all();
        }
        CopyObjectResponse response = callIf(
                "copy",
                what,
                to,
                when,
                headers -> client.copyObject(requests.copy(from, to)
                        .ifNoneMatch(headers.ifNoneMatch())
                        .ifMatch(headers.ifMatch())
                        .build()));
        String tag = tag(response.copyObjectResult().eTag());
        Instant modified = response.copyObjectResult().lastModified();
        return listed(
                to,
                size,
                tag,
                isOpaque(response.serverSideEncryption()),
                modified == null ? time(response.sdkHttpResponse()) : modified);
    }

    StoredObject listed(ObjectKey key, long size, String tag, boolean opaque, Instant modified) {
        ContentHash hash =
                opaque ? ContentHash.opaque(tag) : ContentHash.parse(tag).orElse(null);
        return new StoredObject(key, size, tag.isEmpty() ? null : hash, modified);
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        String what = "reading " + key;
        try {
            ResponseInputStream<GetObjectResponse> first = client.getObject(get(key, offset, length, null));
            String tag = first.response().eTag();
            return Optional.of(new ResumingStream(
                    what,
                    first,
                    position -> call(
                            "get",
                            what,
                            () -> client.getObject(get(
                                    key,
                                    offset + position,
                                    length == Long.MAX_VALUE ? length : length - position,
                                    tag))),
                    traffic));
        } catch (SdkException failed) {
            return absent("get", what, failed);
        }
    }

    private GetObjectRequest get(ObjectKey key, long offset, long length, @Nullable String tag) {
        GetObjectRequest.Builder get = requests.get(key);
        if (length != Long.MAX_VALUE) {
            get.range("bytes=" + offset + "-" + (offset + length - 1));
        } else if (offset > 0) {
            get.range("bytes=" + offset + "-");
        }
        return get.ifMatch(tag).build();
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return head(key).map(head -> stored(key, head));
    }

    private StoredObject stored(ObjectKey key, HeadObjectResponse head) {
        boolean opaque = isOpaque(head.serverSideEncryption()) || head.sseCustomerAlgorithm() != null;
        return listed(key, head.contentLength(), tag(head.eTag()), opaque, head.lastModified());
    }

    private Optional<HeadObjectResponse> head(ObjectKey key) {
        String what = "looking for " + key;
        try {
            return Optional.of(client.headObject(requests.head(key).build()));
        } catch (SdkException failed) {
            return absent("get", what, failed);
        }
    }

    /** Nothing if the object is not there; an answer without a body does not tell that from a bucket that is not there. */
    private <T> Optional<T> absent(String operation, String what, SdkException failed) {
        if (!S3Failures.isAbsent(failed)) {
            throw failures.of(operation, what, failed);
        }
        if (!bucketSeen) {
            try {
                client.headBucket(bucket -> bucket.bucket(settings.bucket()));
            } catch (SdkException noBucket) {
                if (S3Failures.isNotFound(noBucket)) {
                    throw failures.missing(what, noBucket);
                }
                // who may not ask for the bucket may still use it
            }
            bucketSeen = true;
        }
        return Optional.empty();
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return Pages.of(
                (Optional<String> token) -> call(
                        "list",
                        "listing " + prefix,
                        () -> client.listObjectsV2(requests.list(prefix)
                                .continuationToken(token.orElse(null))
                                .build())),
                page -> Optional.ofNullable(page.nextContinuationToken()),
                page -> page.contents().stream()
                        .filter(object -> ObjectKey.isValid(object.key()))
                        .map(object -> listed(
                                new ObjectKey(object.key()),
                                object.size(),
                                tag(object.eTag()),
                                isOpaque(null),
                                object.lastModified())));
    }

    @Override
    public List<String> directories(String prefix) {
        return Pages.of(
                        (Optional<String> token) -> call(
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
        ListObjectsV2Response level = call(
                "list",
                "listing " + prefix,
                () -> client.listObjectsV2(requests.list(prefix).delimiter("/").build()));
        List<String> below =
                level.commonPrefixes().stream().map(CommonPrefix::prefix).toList();
        boolean isAll = level.contents().isEmpty() && level.nextContinuationToken() == null;
        return isAll && below.size() > 1 ? below : List.of(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
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
            client.deleteObject(request -> request.bucket(settings.bucket()).key(key.value()));
        } catch (SdkException failed) {
            if (S3Failures.isLocked(failed.getMessage())) {
                kept.add(key);
                return;
            }
            Optional<Object> unused = absent("delete", what, failed);
        }
    }

    private void deleteBatch(List<ObjectKey> batch, List<ObjectKey> kept) {
        String what = "deleting " + batch.get(0) + " and " + (batch.size() - 1) + " more";
        DeleteObjectsResponse response;
        try {
            response = client.deleteObjects(request -> request.bucket(settings.bucket())
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
            throw failures.of("delete", what, failed);
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
                    "deleting " + error.key() + " in " + describe() + ": the store answered " + error.code()
                            + (error.message() == null ? "" : ": " + error.message())
                            + ("AccessDenied".equals(error.code())
                                    ? "; the credentials lack the right s3:DeleteObject on " + settings.bucket()
                                    : "")
                            + (errors.size() > 1 ? " (and " + (errors.size() - 1) + " more)" : ""));
        }
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) {
        List<UnfinishedUpload> found = new ArrayList<>();
        Pages.of(
                        (Optional<ListMultipartUploadsResponse> before) -> call(
                                "list uploads",
                                "listing unfinished uploads of " + prefix,
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
        String what = "giving up the upload of " + upload.key();
        try {
            client.abortMultipartUpload(request ->
                    request.bucket(settings.bucket()).key(upload.key().value()).uploadId(upload.id()));
        } catch (SdkException failed) {
            Optional<Object> unused = absent("abort", what, failed);
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
        return "bucket " + settings.bucket()
                + settings.endpoint().map(uri -> " at " + uri.getAuthority()).orElse(" of S3 in " + settings.region());
    }

    @Override
    public void close() {
        client.close();
    }
}
