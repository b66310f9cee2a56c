package io.medusa.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs one line per request: client, method and status, never the payload. */
final class RequestLog implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);
    private static final String HEALTH = "grpc.health.v1.Health/";

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        long began = System.nanoTime();
        String method = call.getMethodDescriptor().getFullMethodName();
        Object client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return next.startCall(
                new SimpleForwardingServerCall<Q, A>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        long milliseconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
                        if (method.startsWith(HEALTH)) {
                            LOG.debug("{} from {}: {}, {} ms", method, client, status.getCode(), milliseconds);
                        } else {
                            LOG.info("{} from {}: {}, {} ms", method, client, status.getCode(), milliseconds);
                        }
                        super.close(status, trailers);
                    }
                },
                headers);
    }
}
