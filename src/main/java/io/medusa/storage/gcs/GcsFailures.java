package io.medusa.storage.gcs;

import com.google.cloud.storage.StorageException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Turns the client's exceptions into one-line failures with a hint. */
final class GcsFailures {
    /** The permission that each operation needs (Google's "IAM permissions for JSON methods"). */
    private static final Map<String, String> RIGHTS = Map.of(
            "put", "storage.objects.create (and storage.objects.delete to replace)",
            "copy", "storage.objects.get and storage.objects.create",
            "get", "storage.objects.get",
            "list", "storage.objects.list",
            "delete", "storage.objects.delete");

    private static final Set<String> KEPT = Set.of("retentionPolicyNotMet", "objectUnderActiveHold");
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    private final String bucket;
    private final String where;

    GcsFailures(String bucket, String where) {
        this.bucket = bucket;
        this.where = where;
    }

    static boolean isNotFound(StorageException failed) {
        return failed.getCode() == NOT_FOUND;
    }

    /** Whether a retention period (the bucket's or the object's) or a hold forbids deleting the object. */
    static boolean isKept(StorageException failed) {
        return failed.getCode() == FORBIDDEN && failed.getReason() != null && KEPT.contains(failed.getReason());
    }

    static boolean asksToSlowDown(Throwable failed) {
        return failed instanceof StorageException storage
                && (storage.getCode() == TOO_MANY || storage.getCode() == UNAVAILABLE);
    }

    MedusaException missingBucket(String what) {
        return new MedusaException(
                FailureKind.STORAGE_UNAVAILABLE,
                what + " in " + where + ": bucket " + bucket
                        + " does not exist; create it, or correct bucket_name in [storage]");
    }

    /**
     * The failure of a request.
     *
     * @param operation one of the keys of {@link #RIGHTS}
     * @param what the activity
     */
    MedusaException of(String operation, String what, RuntimeException failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof MedusaException own) {
                return own;
            }
            if (cause instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
                return Failures.interrupted(failed);
            }
        }
        String start = what + " in " + where + ": ";
        if (failed instanceof StorageException storage) {
            if (storage.getCode() == FORBIDDEN || storage.getCode() == UNAUTHORIZED) {
                return new MedusaException(
                        FailureKind.STORAGE_DENIED,
                        start + "access denied; the account lacks the permission "
                                + RIGHTS.getOrDefault(operation, operation) + " on " + bucket
                                + ", or key_file in [storage] is not of an account that exists",
                        failed);
            }
            if (storage.getCode() == NOT_FOUND) {
                return new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE,
                        start + "it, or bucket " + bucket + ", does not exist; see bucket_name in [storage]",
                        failed);
            }
        }
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException || cause instanceof ConnectException) {
                return unavailable(start + "no connection; check the network, and host in [storage]", failed);
            }
            if (cause instanceof SocketTimeoutException) {
                return unavailable(start + "no response within read_timeout ([storage]), even after retries", failed);
            }
            if (cause instanceof SSLException) {
                return unavailable(start + "no TLS connection: " + cause.getMessage(), failed);
            }
        }
        return unavailable(
                start
                        + failed.getMessage()
                        + (asksToSlowDown(failed)
                                ? "; it asks to slow down. Lower concurrent_transfers, or retry later"
                                : ""),
                failed);
    }

    private static MedusaException unavailable(String message, RuntimeException cause) {
        return new MedusaException(FailureKind.STORAGE_UNAVAILABLE, message, cause);
    }
}
