/** The nodes of a cluster, reached by the services that run there. */
@NullMarked
package io.medusa.cluster.grpc;

import org.jspecify.annotations.NullMarked;
