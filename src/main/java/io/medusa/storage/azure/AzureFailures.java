package io.medusa.storage.azure;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobStorageException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Turns the client's exceptions into one-line failures with a hint. */
final class AzureFailures {
    /** The data action that each operation needs (Microsoft's "Azure permissions for Storage"). */
    private static final Map<String, String> RIGHTS = Map.of(
            "put", "blobs/write",
            "copy", "blobs/read and blobs/write",
            "get", "blobs/read",
            "list", "blobs/read",
            "delete", "blobs/delete");

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;

    private final String container;
    private final String where;

    AzureFailures(String container, String where) {
        this.container = container;
        this.where = where;
    }

    static boolean isMissingBlob(BlobStorageException failed) {
        return failed.getStatusCode() == NOT_FOUND && !BlobErrorCode.CONTAINER_NOT_FOUND.equals(failed.getErrorCode());
    }

    /** Whether a policy or a legal hold forbids deleting the blob. */
    static boolean isKept(BlobStorageException failed) {
        return String.valueOf(failed.getErrorCode()).startsWith("BlobImmutableDueTo");
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
        if (failed instanceof BlobStorageException storage) {
            return ofAnswer(operation, start, storage);
        }
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException
                    || cause instanceof ConnectException
                    || cause instanceof UnresolvedAddressException) {
                return unavailable(start + "no connection; check the account, and host and port in [storage]", failed);
            }
            if (cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException) {
                return unavailable(start + "no response within read_timeout ([storage]), even after retries", failed);
            }
            if (cause instanceof SSLException) {
                return unavailable(
                        start + "no TLS connection: " + cause.getMessage()
                                + "; set ca_cert in [storage] to the CA of the store",
                        failed);
            }
            if (cause.getClass().getSimpleName().contains("CredentialUnavailable")) {
                return new MedusaException(
                        FailureKind.STORAGE_DENIED,
                        start
                                + "no Azure credentials found. Set key_file in [storage], or assign a managed identity to the machine",
                        failed);
            }
            if (cause instanceof ClientAuthenticationException
                    || cause.getClass().getName().startsWith("com.microsoft.aad.msal4j.")) {
                return new MedusaException(
                        FailureKind.STORAGE_DENIED,
                        start + "the identity of this machine or pod gave no token: " + reason(cause)
                                + ". Check the identity, and its federated credential for the service account of a pod",
                        failed);
            }
        }
        return unavailable(start + failed.getMessage(), failed);
    }

    /** The first line of the innermost message; the outer ones only refer to it. */
    private static String reason(Throwable failed) {
        String reason = "";
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            reason = Objects.requireNonNullElse(cause.getMessage(), reason);
        }
        return reason.lines().findFirst().orElse("no reason given").replaceFirst("[.\\s]+$", "");
    }

    private MedusaException ofAnswer(String operation, String start, BlobStorageException failed) {
        String code = String.valueOf(failed.getErrorCode());
        if (BlobErrorCode.CONTAINER_NOT_FOUND.equals(failed.getErrorCode())) {
            return unavailable(
                    start + "container " + container
                            + " does not exist; create it, or correct bucket_name in [storage]",
                    failed);
        }
        if (failed.getStatusCode() == FORBIDDEN || failed.getStatusCode() == UNAUTHORIZED) {
            return new MedusaException(
                    FailureKind.STORAGE_DENIED,
                    start + "access denied (" + code
                            + "). The credentials or the clock of this machine are wrong, or the credentials lack the "
                            + RIGHTS.getOrDefault(operation, operation) + " permission on " + container,
                    failed);
        }
        return unavailable(
                start + "the store responded " + failed.getStatusCode() + " " + code
                        + (failed.getStatusCode() == UNAVAILABLE
                                ? "; it asks to slow down. Lower concurrent_transfers, or retry later"
                                : ""),
                failed);
    }

    private static MedusaException unavailable(String message, RuntimeException cause) {
        return new MedusaException(FailureKind.STORAGE_UNAVAILABLE, message, cause);
    }
}
