package io.medusa.storage;

import java.time.Instant;

/**
 * Parts of an object that was never completed; they are not listed, but are paid for.
 *
 * @param id by which the store knows it
 */
public record UnfinishedUpload(ObjectKey key, String id, Instant started) {}
