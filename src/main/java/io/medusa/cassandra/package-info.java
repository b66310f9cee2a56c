/** The Cassandra node port, cassandra.yaml, snapshots on disk and the names of SSTable components. */
@NullMarked
package io.medusa.cassandra;

import org.jspecify.annotations.NullMarked;
