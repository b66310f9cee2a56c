/** What the keys of a bucket mean: layout, manifest and index contents, begin, publish, find, leases. */
@NullMarked
package io.medusa.repository;

import org.jspecify.annotations.NullMarked;
