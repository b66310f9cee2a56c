package io.medusa.storage.gcs;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a bucket (docs/compatibility.md 9).
 *
 * @param keyFile of a service account, in Google's JSON; nothing for what the machine offers
 * @param endpoint nothing for Google's own; one without TLS and without key file is not given credentials (an emulator)
 * @param storageClass of uploaded objects, nothing for the bucket's own
 */
public record GcsSettings(
        String bucket,
        Optional<Path> keyFile,
        Optional<URI> endpoint,
        Optional<String> storageClass,
        Duration readTimeout) {}
