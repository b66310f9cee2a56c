package io.medusa.storage;

import java.time.Instant;

/**
 * An incomplete multipart upload. Its parts are not listed, but they are billed.
 *
 * @param id the store's id of the upload
 */
public record UnfinishedUpload(ObjectKey key, String id, Instant started) {}
