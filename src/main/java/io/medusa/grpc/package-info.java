/** The gRPC service. */
@NullMarked
package io.medusa.grpc;

import org.jspecify.annotations.NullMarked;
