package io.medusa.config;

import io.medusa.model.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the bucket is, with just the settings that this kind of store has. */
public sealed interface StorageTarget {
    /**
     * A directory.
     *
     * @param bucket {@code base_path/bucket_name}
     */
    record Local(Path bucket) implements StorageTarget {}

    /**
     * A bucket behind the S3 API.
     *
     * @param endpoint nothing for Amazon's own of the region
     * @param pathStyle whether the bucket is named in the path, not in the host name
     * @param keyFile with credentials, in the form of AWS's own file
     * @param profile in that file
     * @param verified whether the endpoint's certificate is checked
     * @param authorities PEM file of those to trust instead of the machine's own
     * @param customerKey for SSE-C
     */
    record S3(
            String bucket,
            String region,
            Optional<URI> endpoint,
            boolean pathStyle,
            Optional<Path> keyFile,
            Optional<String> profile,
            boolean verified,
            Optional<Path> authorities,
            Optional<String> storageClass,
            Optional<String> kmsKey,
            Optional<Secret> customerKey,
            Parts parts,
            Duration readTimeout)
            implements Remote {}

    /**
     * A bucket of Google Cloud Storage.
     *
     * @param keyFile of a service account; nothing for what the machine offers
     * @param endpoint nothing for Google's own
     */
    record Gcs(
            String bucket,
            Optional<Path> keyFile,
            Optional<URI> endpoint,
            Optional<String> storageClass,
            Parts parts,
            Duration readTimeout)
            implements Remote {}

    /**
     * A container of Azure Blob Storage.
     *
     * @param url of the account
     * @param key of the account; nothing for what the machine offers
     * @param tier such as {@code Cool}
     */
    record Azure(
            String container,
            String account,
            String url,
            Optional<Secret> key,
            boolean verified,
            Optional<Path> authorities,
            Optional<String> tier,
            Parts parts,
            Duration readTimeout)
            implements Remote {}

    /** A store behind a network. */
    sealed interface Remote extends StorageTarget {
        /** How large objects move. */
        Parts parts();
    }

    /**
     * How large objects move.
     *
     * @param threshold in bytes: from this size on in parts
     * @param size of a part, in bytes
     * @param concurrency how many parts of a file move at once
     */
    record Parts(long threshold, long size, int concurrency) {}

    /**
     * A service that is not in its usual place.
     *
     * @param port nothing for the protocol's own
     */
    record Endpoint(boolean secure, String host, Optional<Integer> port) {}
}
