/** Snapshots, drain and state of a running node over JMX, in this process. */
@NullMarked
package io.medusa.cassandra.jmx;

import org.jspecify.annotations.NullMarked;
