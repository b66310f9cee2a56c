package io.medusa.storage.s3;

import io.medusa.model.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a bucket (docs/compatibility.md 9).
 *
 * @param endpoint nothing for Amazon's own of the region
 * @param pathStyle whether the bucket is named in the path, not in the host name
 * @param credentials where the keys come from
 * @param certificates how servers are trusted
 * @param storageClass of uploaded objects, as the store names it
 * @param kmsKey id of the key for SSE-KMS
 * @param customerKey 32 bytes in base64 for SSE-C
 * @param multipartThreshold and {@code partSize}: in bytes
 * @param connections most of them at once
 */
public record S3Settings(
        String bucket,
        String region,
        Optional<URI> endpoint,
        boolean pathStyle,
        Credentials credentials,
        Certificates certificates,
        Optional<String> storageClass,
        Optional<String> kmsKey,
        Optional<Secret> customerKey,
        long multipartThreshold,
        long partSize,
        Duration readTimeout,
        int connections) {
    /**
     * The source of the keys: the environment, then this file, then the machine's own sources.
     *
     * @param file in the form of AWS's shared credentials; nothing for the usual places
     * @param profile in that file, or in the usual places
     */
    public record Credentials(Optional<Path> file, Optional<String> profile) {}

    /**
     * How the certificates of servers are verified.
     *
     * @param verified whether their certificates are checked at all
     * @param authorities PEM file of those to trust instead of the machine's own
     */
    public record Certificates(boolean verified, Optional<Path> authorities) {}
}
