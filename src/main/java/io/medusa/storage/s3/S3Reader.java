package io.medusa.storage.s3;

import io.medusa.storage.ContentStream;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.Traffic;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Opens objects or ranges of them for reading. */
final class S3Reader {
    private final S3Calls calls;
    private final S3Requests requests;
    private final Traffic traffic;

    S3Reader(S3Calls calls, S3Requests requests, Traffic traffic) {
        this.calls = calls;
        this.requests = requests;
        this.traffic = traffic;
    }

    Optional<InputStream> open(ObjectKey key, long offset, long length) {
        String what = "reading " + key;
        try {
            ResponseInputStream<GetObjectResponse> first = calls.client().getObject(get(key, offset, length, null));
            String tag = first.response().eTag();
            return Optional.of(new ContentStream(
                    new ResumingStream(
                            what,
                            first,
                            position -> calls.call("get", what, () -> calls.client()
                                    .getObject(get(
                                            key,
                                            offset + position,
                                            length == Long.MAX_VALUE ? length : length - position,
                                            tag))),
                            stopped -> calls.failure("get", what, stopped),
                            traffic),
                    what + " in " + calls.describe()));
        } catch (SdkException failed) {
            return calls.absent("get", what, failed);
        }
    }

    private GetObjectRequest get(ObjectKey key, long offset, long length, @Nullable String tag) {
        GetObjectRequest.Builder get = requests.get(key);
        if (length != Long.MAX_VALUE) {
            get.range("bytes=" + offset + "-" + (offset + length - 1));
        } else if (offset > 0) {
            get.range("bytes=" + offset + "-");
        }
        return get.ifMatch(tag).build();
    }
}
