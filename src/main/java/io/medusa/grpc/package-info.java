/** The flows as a service for other programs, by gRPC. */
@NullMarked
package io.medusa.grpc;

import org.jspecify.annotations.NullMarked;
