package io.medusa.storage.azure;

import io.medusa.model.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a container (docs/compatibility.md 9).
 *
 * @param url of the account, such as {@code https://name.blob.core.windows.net}
 * @param key of the account; nothing for what the machine offers (environment, managed identity, Azure's own tools)
 * @param verified whether the server's certificate is checked
 * @param authorities PEM file of those to trust instead of the machine's own
 * @param tier of uploaded blobs such as {@code Cool}; nothing for the account's own
 * @param threshold from this size on in blocks
 * @param blockSize in bytes
 */
public record AzureSettings(
        String container,
        String account,
        String url,
        Optional<Secret> key,
        boolean verified,
        Optional<Path> authorities,
        Optional<String> tier,
        long threshold,
        long blockSize,
        Duration readTimeout) {}
