package io.medusa.storage.s3;

import io.medusa.error.MedusaException;
import io.medusa.storage.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The bytes of an object, requested again from the point where the connection broke: the SDK retries requests, but not the reading of
 * an answer that has started.
 */
final class ResumingStream extends InputStream {
    private static final Logger LOG = LoggerFactory.getLogger(ResumingStream.class);
    private static final int ATTEMPTS = 5;

    private final Opener opener;
    private final Traffic traffic;
    private final String what;
    private final Function<SdkException, MedusaException> failure;
    private ResponseInputStream<GetObjectResponse> in;
    private long position;
    private int failures;
    private boolean atEnd;

    /** Opens the same bytes from an offset. */
    interface Opener {
        ResponseInputStream<GetObjectResponse> from(long position);
    }

    /**
     * @param first is at the first byte
     * @param failure names an exception of the SDK that ends the reading
     */
    ResumingStream(
            String what,
            ResponseInputStream<GetObjectResponse> first,
            Opener opener,
            Function<SdkException, MedusaException> failure,
            Traffic traffic) {
        this.failure = failure;
        this.what = what;
        this.in = first;
        this.opener = opener;
        this.traffic = traffic;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (true) {
            try {
                int read = in.read(bytes, offset, length);
                if (read > 0) {
                    position += read;
                    failures = 0;
                }
                atEnd = read < 0;
                return read;
            } catch (SdkException stopped) {
                throw failure.apply(stopped);
            } catch (IOException broken) {
                failures++;
                if (failures >= ATTEMPTS || Thread.currentThread().isInterrupted()) {
                    throw broken;
                }
                LOG.debug(
                        "Reading {} was interrupted at byte {}: {}. Resuming from there",
                        what,
                        position,
                        broken.getMessage());
                traffic.retry();
                in.abort();
                in = opener.from(position);
            }
        }
    }

    /** Aborts, so that the remaining bytes are not fetched. */
    @Override
    public void close() throws IOException {
        if (!atEnd) {
            in.abort();
        }
        in.close();
    }
}
