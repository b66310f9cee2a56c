/** Controls the node through its own programs: start, stop, nodetool and ccm. */
@NullMarked
package io.medusa.cassandra.process;

import org.jspecify.annotations.NullMarked;
