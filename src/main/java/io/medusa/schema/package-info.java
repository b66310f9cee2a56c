/** The schema of a backup: reads the CQL that it keeps and answers questions about it, without a connection to Cassandra. */
@org.jspecify.annotations.NullMarked
package io.medusa.schema;
