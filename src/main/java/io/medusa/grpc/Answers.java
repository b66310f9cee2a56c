package io.medusa.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.medusa.cluster.grpc.Channels;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the result of a request. An expected failure is one line for the client and
 * one in the log; an INTERNAL one is logged with its stack trace.
 *
 * @param codes the status of a failure
 */
record Answers(Function<FailureKind, Status> codes) {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
    /** Longer texts do not fit into the headers that carry them. */
    private static final int LONGEST = 1000;

    /** Sends one response. */
    <A> void one(StreamObserver<A> answers, Supplier<A> work) {
        many(answers, observer -> observer.onNext(work.get()));
    }

    /** Sends a stream of responses. */
    <A> void many(StreamObserver<A> answers, Consumer<StreamObserver<A>> work) {
        try {
            work.accept(answers);
        } catch (StatusRuntimeException told) {
            answers.onError(told);
            return;
        } catch (MedusaException failed) {
            String why = shortened(String.valueOf(failed.getMessage()));
            Status status = codes.apply(failed.kind());
            if (status.getCode() == Status.Code.INTERNAL) {
                LOG.warn("A request failed: {}", why, failed);
            } else {
                LOG.warn("{}", why);
            }
            Metadata trailers = new Metadata();
            trailers.put(Channels.FAILURE, failed.kind().name());
            answers.onError(status.withDescription(why).withCause(failed).asRuntimeException(trailers));
            return;
        } catch (RuntimeException | Error bug) {
            LOG.error("A request failed", bug);
            answers.onError(Status.INTERNAL
                    .withDescription("an error in Medusa, see its log")
                    .withCause(bug)
                    .asRuntimeException());
            return;
        }
        answers.onCompleted();
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }
}
