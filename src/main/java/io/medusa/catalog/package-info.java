/** Answers questions about the backups in a bucket, and rebuilds its index. */
@NullMarked
package io.medusa.catalog;

import org.jspecify.annotations.NullMarked;
