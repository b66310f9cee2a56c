package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.storage.HashedSource;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** Builds requests with the bucket, storage class and encryption of the settings. */
final class S3Requests {
    private static final int KEY_LENGTH = 32;
    private static final Set<String> ARCHIVES = Set.of("GLACIER", "DEEP_ARCHIVE");

    private final String bucket;
    private final @Nullable String storageClass;
    /** The storage class unless it is an archive, where the index could not be read. */
    private final @Nullable String readableClass;

    private final @Nullable String kmsKey;
    private final @Nullable ServerSideEncryption encryption;
    private final @Nullable String customerAlgorithm;
    private final @Nullable String customerKey;
    private final @Nullable String customerKeyMd5;

    S3Requests(S3Settings settings) {
        bucket = settings.bucket();
        storageClass = settings.storageClass()
                .map(name -> name.toUpperCase(Locale.ROOT))
                .orElse(null);
        readableClass = storageClass != null && ARCHIVES.contains(storageClass) ? null : storageClass;
        kmsKey = settings.kmsKey().orElse(null);
        encryption = kmsKey == null ? null : ServerSideEncryption.AWS_KMS;
        // stray quotes around it are common, and the reference's decoder ignores them
        Optional<byte[]> key = settings.customerKey()
                .map(secret -> decoded(
                        secret.reveal().replace("\"", "").replace("'", "").strip()));
        customerAlgorithm = key.isPresent() ? "AES256" : null;
        customerKey =
                key.map(bytes -> Base64.getEncoder().encodeToString(bytes)).orElse(null);
        customerKeyMd5 = key.map(S3Requests::md5).orElse(null);
    }

    private static byte[] decoded(String text) {
        try {
            byte[] key = Base64.getDecoder().decode(text);
            if (key.length == KEY_LENGTH) {
                return key;
            }
        } catch (IllegalArgumentException notBase64) {
            // the same answer as for a wrong length
        }
        throw new MedusaException(
                FailureKind.CONFIG_INVALID, "sse_c_key in [storage] must be the base64 of " + KEY_LENGTH + " bytes");
    }

    private static String md5(byte[] key) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(key));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has MD5", impossible);
        }
    }

    /** Texts (meta files and the index) must always be readable. */
    static boolean isReadable(ObjectSource source) {
        return source instanceof ObjectSource.OfBytes;
    }

    /** Describes an object that must always be readable, or may be in an archive. */
    PutObjectRequest.Builder put(ObjectKey key, boolean readable) {
        return PutObjectRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .storageClass(readable ? readableClass : storageClass)
                .serverSideEncryption(encryption)
                .ssekmsKeyId(kmsKey)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    /** The same for a multipart upload. */
    CreateMultipartUploadRequest.Builder createUpload(ObjectKey key, boolean readable) {
        return CreateMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .storageClass(readable ? readableClass : storageClass)
                .serverSideEncryption(encryption)
                .ssekmsKeyId(kmsKey)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    UploadPartRequest.Builder part(ObjectKey key, String upload, int number) {
        return UploadPartRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .uploadId(upload)
                .partNumber(number)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    CompleteMultipartUploadRequest.Builder complete(ObjectKey key, String upload, List<CompletedPart> parts) {
        return CompleteMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .uploadId(upload)
                .multipartUpload(all -> all.parts(parts))
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    UploadPartCopyRequest.Builder partCopy(ObjectKey from, ObjectKey to, String upload, int number) {
        return UploadPartCopyRequest.builder()
                .sourceBucket(bucket)
                .sourceKey(from.value())
                .destinationBucket(bucket)
                .destinationKey(to.value())
                .uploadId(upload)
                .partNumber(number)
                .copySourceSSECustomerAlgorithm(customerAlgorithm)
                .copySourceSSECustomerKey(customerKey)
                .copySourceSSECustomerKeyMD5(customerKeyMd5)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    CopyObjectRequest.Builder copy(ObjectKey from, ObjectKey to) {
        return CopyObjectRequest.builder()
                .sourceBucket(bucket)
                .sourceKey(from.value())
                .destinationBucket(bucket)
                .destinationKey(to.value())
                .storageClass(readableClass)
                .serverSideEncryption(encryption)
                .ssekmsKeyId(kmsKey)
                .copySourceSSECustomerAlgorithm(customerAlgorithm)
                .copySourceSSECustomerKey(customerKey)
                .copySourceSSECustomerKeyMD5(customerKeyMd5)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    GetObjectRequest.Builder get(ObjectKey key) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    HeadObjectRequest.Builder head(ObjectKey key) {
        return HeadObjectRequest.builder()
                .bucket(bucket)
                .key(key.value())
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
    }

    ListObjectsV2Request.Builder list(String prefix) {
        return ListObjectsV2Request.builder().bucket(bucket).prefix(prefix);
    }

    String bucket() {
        return bucket;
    }

    /** The body of a request, which is read again for every retry. */
    static RequestBody body(HashedSource source) {
        return RequestBody.fromContentProvider(
                () -> {
                    try {
                        return SendingClient.isSending() ? source.open() : source.look();
                    } catch (IOException unreadable) {
                        throw Failures.ofFile("reading the file to store", unreadable, FailureKind.LOCAL_FILE);
                    }
                },
                source.size(),
                "application/octet-stream");
    }
}
