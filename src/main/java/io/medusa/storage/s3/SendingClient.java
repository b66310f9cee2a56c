package io.medusa.storage.s3;

import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * Tells the code that opens the body of a request whether the body is about to be sent. Without TLS the SDK reads bodies twice, the
 * first time for their signature, and only what is sent counts as traffic.
 */
final class SendingClient implements SdkHttpClient {
    private static final ThreadLocal<Boolean> SENDING = ThreadLocal.withInitial(() -> false);

    private final SdkHttpClient client;

    SendingClient(SdkHttpClient client) {
        this.client = client;
    }

    /** Whether the body that this thread opens is about to be sent. */
    static boolean isSending() {
        return SENDING.get();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        if (request.contentStreamProvider().isEmpty()) {
            return client.prepareRequest(request);
        }
        ContentStreamProvider body = request.contentStreamProvider().get();
        HttpExecuteRequest.Builder sent = HttpExecuteRequest.builder()
                .request(request.httpRequest())
                .contentStreamProvider(() -> {
                    SENDING.set(true);
                    try {
                        return body.newStream();
                    } finally {
                        SENDING.set(false);
                    }
                });
        request.metricCollector().ifPresent(sent::metricCollector);
        return client.prepareRequest(sent.build());
    }

    @Override
    public String clientName() {
        return client.clientName();
    }

    @Override
    public void close() {
        client.close();
    }
}
