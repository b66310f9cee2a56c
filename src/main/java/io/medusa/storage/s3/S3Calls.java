package io.medusa.storage.s3;

import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * Sends requests to one bucket. Turns exceptions into one-line failures, checks preconditions as well as the store allows, and
 * remembers what the store turned out not to support. Thread-safe.
 */
final class S3Calls {
    private static final Logger LOG = LoggerFactory.getLogger(S3Calls.class);

    private final S3Settings settings;
    private final S3Client client;
    private final S3Requests requests;
    private final S3Failures failures;
    private volatile boolean bucketSeen;
    /** Whether the store supports preconditions; those of copies were added to the API later. */
    private volatile boolean preconditionsWork = true;

    private volatile boolean copyPreconditionsWork = true;
    private volatile Overwriting overwriting = Overwriting.UNKNOWN;
    /** Whether tags that look like an MD5 turned out not to be one. */
    private volatile boolean tagsAreOpaque;

    S3Calls(S3Settings settings, S3Client client, S3Requests requests) {
        this.settings = settings;
        this.client = client;
        this.requests = requests;
        this.tagsAreOpaque = isEncrypted(settings);
        this.failures = new S3Failures(
                settings.bucket(), describe(), settings.endpoint().isEmpty());
    }

    /** Whether objects are encrypted with keys of the user, so that their tags say nothing about their bytes. */
    static boolean isEncrypted(S3Settings settings) {
        return settings.kmsKey().isPresent() || settings.customerKey().isPresent();
    }

    S3Client client() {
        return client;
    }

    /** Sends a request. Exceptions become one-line failures. */
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

    /** The headers that make a request conditional. */
    record Headers(@Nullable String ifNoneMatch, @Nullable String ifMatch) {
        private static final Headers NONE = new Headers(null, null);
        private static final Headers ABSENT = new Headers("*", null);
    }

    /** A request with such headers. */
    interface Conditional<T> {
        T send(Headers headers);
    }

    /**
     * Sends a request that stores an object if the precondition is met. An object to replace is looked up first and identified by its
     * tag. A store that rejects the headers does not get them again; then the look-up before the request is the only check.
     */
    <T> T callIf(String operation, String what, ObjectKey key, Precondition when, Conditional<T> request) {
        if (when.isNone()) {
            return call(operation, what, () -> request.send(Headers.NONE));
        }
        boolean copies = operation.equals("copy");
        if (preconditionsWork && (copyPreconditionsWork || !copies)) {
            try {
                // stores that do not know the headers of a copy ignore them
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

    Overwriting overwriting() {
        return overwriting;
    }

    String describe() {
        return "bucket " + settings.bucket()
                + settings.endpoint().map(uri -> " at " + uri.getAuthority()).orElse(" of S3 in " + settings.region());
    }

    /** Whether the tags of such an object are opaque. */
    boolean isOpaque(@Nullable ServerSideEncryption encryption) {
        return tagsAreOpaque
                || encryption == ServerSideEncryption.AWS_KMS
                || encryption == ServerSideEncryption.AWS_KMS_DSSE;
    }

    /** Records that the tag of an object was not the MD5 that it looked like. */
    void distrustTags() {
        if (!tagsAreOpaque) {
            LOG.warn("ETags in {} are not MD5 hashes (possibly because of encryption); ignoring them", describe());
            tagsAreOpaque = true;
        }
    }

    Optional<StoredObject> stat(ObjectKey key) {
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

    /** Empty if the object is missing. An answer without a body does not tell a missing object from a missing bucket. */
    <T> Optional<T> absent(String operation, String what, SdkException failed) {
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
                // the bucket can be usable without the permission to look it up
            }
            bucketSeen = true;
        }
        return Optional.empty();
    }

    StoredObject listed(ObjectKey key, long size, String tag, boolean opaque, Instant modified) {
        ContentHash hash =
                opaque ? ContentHash.opaque(tag) : ContentHash.parse(tag).orElse(null);
        return new StoredObject(key, size, tag.isEmpty() ? null : hash, modified);
    }

    static String tag(@Nullable String raw) {
        return raw == null ? "" : raw.replace("\"", "");
    }

    /** The time by the store's clock, in whole seconds. */
    static Instant time(@Nullable SdkHttpResponse response) {
        if (response != null) {
            Optional<String> date = response.firstMatchingHeader("Date");
            if (date.isPresent()) {
                try {
                    return ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
                } catch (DateTimeParseException notAsItShouldBe) {
                    // use this machine's clock
                }
            }
        }
        return Instant.now();
    }
}
