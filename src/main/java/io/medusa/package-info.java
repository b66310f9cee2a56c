/** The medusa command: backs up and restores Apache Cassandra nodes. */
@NullMarked
package io.medusa;

import org.jspecify.annotations.NullMarked;
