/** Buckets behind the S3 API, through the AWS SDK. */
@NullMarked
package io.medusa.storage.s3;

import org.jspecify.annotations.NullMarked;
