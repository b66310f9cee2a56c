package io.medusa.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.ProgramFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts no new work once the program's files have been replaced, and makes the service unhealthy, so that it is restarted. */
final class ReplacedFiles implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(ReplacedFiles.class);
    private static final String WHY =
            "Medusa's files were replaced while the service is running: it accepts no new work. Restart it";

    private final ProgramFiles files;
    private final Runnable unhealthy;
    private volatile boolean replaced;

    /** @param unhealthy called once */
    ReplacedFiles(ProgramFiles files, Runnable unhealthy) {
        this.files = files;
        this.unhealthy = unhealthy;
    }

    private synchronized boolean look() {
        if (!replaced && files.areReplaced()) {
            replaced = true;
            LOG.error(WHY);
            unhealthy.run();
        }
        return replaced;
    }

    /** Every call looks, those for the health of the service above all. */
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        boolean unused = look();
        return next.startCall(call, headers);
    }

    /** Opens the program only while its files are there; running work continues. */
    Program guard(Program program) {
        return shown -> {
            if (look()) {
                throw new MedusaException(FailureKind.BUSY, WHY);
            }
            return program.open(shown);
        };
    }
}
