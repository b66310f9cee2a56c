/** The nodes of a cluster, reached through the services that run there. */
@NullMarked
package io.medusa.cluster.grpc;

import org.jspecify.annotations.NullMarked;
