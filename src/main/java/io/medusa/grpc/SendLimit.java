package io.medusa.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/** Refuses to send messages larger than configured; the library limits only received ones. */
record SendLimit(int bytes) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        return next.startCall(new Limited<>(call, bytes), headers);
    }

    private static final class Limited<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final int bytes;
        private boolean refused;

        Limited(ServerCall<Q, A> call, int bytes) {
            super(call);
            this.bytes = bytes;
        }

        @Override
        public void sendMessage(A message) {
            if (message instanceof MessageLite sized && sized.getSerializedSize() > bytes) {
                refused = true;
                super.close(
                        Status.RESOURCE_EXHAUSTED.withDescription("the answer has " + sized.getSerializedSize()
                                + " bytes, max_send_message_length in [grpc] allows " + bytes),
                        new Metadata());
                return;
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!refused) {
                super.close(status, trailers);
            }
        }
    }
}
