package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/** Turns the SDK's exceptions into one-line failures with a hint. */
final class S3Failures {
    /** In the list of everything that was tried, what the token service answered. */
    private static final Pattern ROLE_REFUSED =
            Pattern.compile("WebIdentityTokenFileCredentialsProvider\\(\\): ([^\\[]*?) \\(Service: Sts");

    private static final Set<String> WRONG_KEYS = Set.of(
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired");
    private static final Set<String> WRONG_REGION =
            Set.of("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException");
    /** The permission that each operation needs (Amazon's "Actions for Amazon S3"). */
    private static final Map<String, String> RIGHTS = Map.of(
            "put", "s3:PutObject",
            "copy", "s3:GetObject and s3:PutObject",
            "get", "s3:GetObject",
            "list", "s3:ListBucket",
            "delete", "s3:DeleteObject",
            "abort", "s3:AbortMultipartUpload",
            "list uploads", "s3:ListBucketMultipartUploads");

    private final String bucket;
    private final String where;
    private final boolean ofAmazon;

    /**
     * @param where the bucket is, for messages
     * @param ofAmazon whether it is at Amazon, for which {@code host}, {@code port} and {@code secure} do not count
     */
    S3Failures(String bucket, String where, boolean ofAmazon) {
        this.bucket = bucket;
        this.where = where;
        this.ofAmazon = ofAmazon;
    }

    /** Whether the store reports that the object is missing; a missing bucket is something else. */
    static boolean isAbsent(SdkException failed) {
        return isNotFound(failed)
                && failed instanceof AwsServiceException service
                && !"NoSuchBucket".equals(code(service));
    }

    static boolean isNotFound(SdkException failed) {
        return failed instanceof AwsServiceException service && service.statusCode() == 404;
    }

    /**
     * Whether an object could not be deleted because it is locked, judged by the message. In a versioned bucket deleting without a
     * version is allowed, and the locked version is kept.
     */
    static boolean isLocked(@Nullable String message) {
        String words = message == null ? "" : message.toLowerCase(Locale.ROOT);
        return words.contains("object lock") || words.contains("worm protected");
    }

    static boolean isNotImplemented(SdkException failed) {
        return failed instanceof AwsServiceException service
                && (service.statusCode() == 501 || service.statusCode() == 405);
    }

    /** Whether the precondition is not met, or another request for the same key is in progress. */
    static boolean isPreconditionNotMet(SdkException failed) {
        return failed instanceof AwsServiceException service
                && (service.statusCode() == 412
                        || (service.statusCode() == 409 && "ConditionalRequestConflict".equals(code(service))));
    }

    /** Whether the store rejects the headers of a precondition. */
    static boolean refusesHeaders(SdkException failed) {
        return failed instanceof AwsServiceException service
                && (service.statusCode() == 501
                        || (service.statusCode() == 400
                                && Set.of("NotImplemented", "InvalidArgument", "InvalidRequest")
                                        .contains(code(service))));
    }

    private static String code(AwsServiceException failed) {
        return failed.awsErrorDetails() == null || failed.awsErrorDetails().errorCode() == null
                ? ""
                : failed.awsErrorDetails().errorCode();
    }

    /**
     * @param operation one of the keys of {@link #RIGHTS}
     * @param what was tried, such as {@code "storing a.txt"}
     */
    MedusaException of(String operation, String what, SdkException failed) {
        if (failed instanceof AbortedException
                || Thread.currentThread().isInterrupted()
                || cause(failed, InterruptedException.class).isPresent()
                || cause(failed, InterruptedIOException.class)
                        .filter(io -> !(io instanceof SocketTimeoutException))
                        .isPresent()) {
            return Failures.interrupted(failed);
        }
        Optional<MedusaException> own = cause(failed, MedusaException.class);
        if (own.isPresent()) {
            return own.get();
        }
        String start = what + " in " + where + ": ";
        if (failed instanceof AwsServiceException service) {
            return ofAnswer(operation, start, service);
        }
        return ofConnection(start, failed);
    }

    private MedusaException ofAnswer(String operation, String start, AwsServiceException failed) {
        String code = code(failed);
        if (code.equals("NoSuchBucket")) {
            return missingBucket(start, failed);
        }
        if (code.equals("InvalidObjectState")) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start
                            + "the object is archived (storage class Glacier or similar). Restore it with the store's own tools first",
                    failed);
        }
        if (code.equals("RequestTimeTooSkewed") || code.equals("RequestExpired")) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "the clocks of this machine and of the store differ too much. Synchronize the clock (now "
                            + java.time.Instant.now() + " here)",
                    failed);
        }
        if (WRONG_KEYS.contains(code)) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "the store rejected the credentials (" + code
                            + "). Check key_file and api_profile in [storage], and the AWS_* variables",
                    failed);
        }
        if (WRONG_REGION.contains(code) || failed.statusCode() == 301) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start + "the bucket is in another region; set region in [storage]"
                            + failed.awsErrorDetails()
                                    .sdkHttpResponse()
                                    .firstMatchingHeader("x-amz-bucket-region")
                                    .map(region -> " to " + region)
                                    .orElse(""),
                    failed);
        }
        if (failed.statusCode() == 403 || failed.statusCode() == 401) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "access denied; the credentials lack the " + RIGHTS.getOrDefault(operation, operation)
                            + " permission on " + bucket + ", or are wrong",
                    failed);
        }
        if (failed.statusCode() == 507 || code.equals("XMinioStorageFull") || code.equals("QuotaExceeded")) {
            return new MedusaException(FailureKind.DISK_FULL, start + "the store is full", failed);
        }
        String detail = failed.awsErrorDetails() == null
                ? null
                : failed.awsErrorDetails().errorMessage();
        return new MedusaException(
                FailureKind.STORAGE_UNAVAILABLE,
                start + "the store responded " + failed.statusCode() + (code.isEmpty() ? "" : " " + code)
                        + (detail == null || detail.isBlank() ? "" : ": " + detail)
                        + (failed.isThrottlingException() || failed.statusCode() == 503
                                ? "; it asks to slow down. Lower concurrent_transfers, or retry later"
                                : ""),
                failed);
    }

    private MedusaException missingBucket(String start, SdkException failed) {
        return new MedusaException(
                FailureKind.STORAGE_UNAVAILABLE,
                start + "bucket " + bucket
                        + " does not exist there; create it, or correct bucket_name"
                        + (ofAmazon ? " and region" : ", region and host") + " in [storage]",
                failed);
    }

    /** The failure of a request whose bucket turned out to be missing. */
    MedusaException missing(String what, SdkException failed) {
        return missingBucket(what + " in " + where + ": ", failed);
    }

    private MedusaException ofConnection(String start, SdkException failed) {
        String message = String.valueOf(failed.getMessage());
        if (message.contains("Unable to load credentials")) {
            Matcher refused = ROLE_REFUSED.matcher(message);
            if (refused.find()) {
                return new MedusaException(
                        FailureKind.STORAGE_DENIED,
                        start + "the role of this pod gave no credentials: " + refused.group(1)
                                + ". Check AWS_ROLE_ARN and the role's trust policy",
                        failed);
            }
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "no credentials found. Set key_file in [storage], or AWS_ACCESS_KEY_ID and"
                            + " AWS_SECRET_ACCESS_KEY, or assign a role to the machine",
                    failed);
        }
        if (message.startsWith("Profile file contained no credentials for profile")
                || message.contains("was not found in the profile")) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "key_file in [storage] has no such profile, or no keys in it. Check api_profile",
                    failed);
        }
        if (cause(failed, SSLException.class).isPresent()) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start + "no TLS connection: "
                            + cause(failed, SSLException.class).orElseThrow().getMessage()
                            + "; set ca_cert in [storage] to the CA of the store"
                            + (ofAmazon ? "" : ", or secure to False for plain HTTP"),
                    failed);
        }
        Optional<UnknownHostException> unknown = cause(failed, UnknownHostException.class);
        if (unknown.isPresent()) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start + "unknown host " + unknown.get().getMessage() + ". Check "
                            + (ofAmazon ? "region in [storage], and this machine's name servers" : "host in [storage]"),
                    failed);
        }
        if (cause(failed, ConnectException.class).isPresent()) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start + "no connection. Check "
                            + (ofAmazon
                                    ? "that this machine can reach the Internet, or a VPC endpoint of S3"
                                    : "host, port and secure in [storage], and that the store is running"),
                    failed);
        }
        if (cause(failed, SocketTimeoutException.class).isPresent()) {
            return new MedusaException(
                    FailureKind.STORAGE_UNAVAILABLE,
                    start + "the store did not respond within read_timeout ([storage]), even after retries",
                    failed);
        }
        return new MedusaException(
                FailureKind.STORAGE_UNAVAILABLE,
                start
                        + cause(failed, IOException.class)
                                .map(Throwable::getMessage)
                                .orElse(message),
                failed);
    }

    private static <T extends Throwable> Optional<T> cause(Throwable failed, Class<T> type) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
        }
        return Optional.empty();
    }
}
