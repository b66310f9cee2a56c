/** Schema, token map and versions of the local node over CQL. */
@NullMarked
package io.medusa.cassandra.cql;

import org.jspecify.annotations.NullMarked;
