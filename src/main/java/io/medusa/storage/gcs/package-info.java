/** Buckets of Google Cloud Storage, through Google's client for its JSON API. */
@NullMarked
package io.medusa.storage.gcs;

import org.jspecify.annotations.NullMarked;
