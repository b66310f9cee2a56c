package io.medusa.storage.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpPipelinePosition;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.util.Configuration;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.medusa.os.TrustedAuthorities;
import io.medusa.storage.Traffic;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import reactor.core.publisher.Mono;

/** Makes Microsoft's client from our settings. */
final class AzureClients {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int ATTEMPTS = 6;
    private static final int SLOW_DOWN = 503;
    private static final int TOO_MANY = 429;

    private AzureClients() {}

    static BlobServiceClient create(AzureSettings settings, Traffic traffic) {
        BlobServiceClientBuilder builder = new BlobServiceClientBuilder()
                .endpoint(settings.url())
                .httpClient(http(settings))
                .retryOptions(new RequestRetryOptions(
                        RetryPolicyType.EXPONENTIAL,
                        ATTEMPTS,
                        settings.readTimeout().multipliedBy(2),
                        Duration.ofMillis(400),
                        Duration.ofSeconds(20),
                        null))
                .addPolicy(new Counter(HttpPipelinePosition.PER_CALL, traffic))
                .addPolicy(new Counter(HttpPipelinePosition.PER_RETRY, traffic));
        settings.key()
                .ifPresentOrElse(
                        key -> builder.credential(new StorageSharedKeyCredential(settings.account(), key.reveal())),
                        () -> builder.credential(ofTheMachine()));
        return builder.buildClient();
    }

    /** A pod with a token of its own needs no search, in which the reason of a refusal would be lost. */
    private static TokenCredential ofTheMachine() {
        Configuration environment = Configuration.getGlobalConfiguration();
        return environment.contains("AZURE_FEDERATED_TOKEN_FILE")
                        && !environment.contains(Configuration.PROPERTY_AZURE_CLIENT_SECRET)
                ? new WorkloadIdentityCredentialBuilder().build()
                : new DefaultAzureCredentialBuilder().build();
    }

    private static HttpClient http(AzureSettings settings) {
        java.net.http.HttpClient.Builder jdk = java.net.http.HttpClient.newBuilder()
                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT);
        settings.authorities()
                .map(file -> TrustedAuthorities.context(TrustedAuthorities.of(file)))
                .or(() -> settings.verified()
                        ? java.util.Optional.<SSLContext>empty()
                        : java.util.Optional.of(TrustedAuthorities.context(TrustedAuthorities.anybody())))
                .ifPresent(jdk::sslContext);
        return new JdkHttpClientBuilder(jdk)
                .responseTimeout(settings.readTimeout())
                .readTimeout(settings.readTimeout())
                .build();
    }

    /** Counts requests as they are made, and again as they are sent. */
    private static final class Counter implements HttpPipelinePolicy {
        private final HttpPipelinePosition position;
        private final Traffic traffic;

        Counter(HttpPipelinePosition position, Traffic traffic) {
            this.position = position;
            this.traffic = traffic;
        }

        @Override
        public HttpPipelinePosition getPipelinePosition() {
            return position;
        }

        private void count(HttpPipelineCallContext context) {
            if (position == HttpPipelinePosition.PER_CALL) {
                traffic.request(kind(context.getHttpRequest()));
                context.setData("medusa-sent", 0);
            } else if ((int) context.getData("medusa-sent").orElse(0) > 0) {
                traffic.retry();
            } else {
                context.setData("medusa-sent", 1);
            }
        }

        private void look(HttpResponse response) {
            boolean slower = response.getStatusCode() == SLOW_DOWN || response.getStatusCode() == TOO_MANY;
            if (position == HttpPipelinePosition.PER_RETRY && slower) {
                traffic.throttled();
            }
        }

        private static String kind(HttpRequest request) {
            String query = String.valueOf(request.getUrl().getQuery());
            String method = request.getHttpMethod().toString().toLowerCase(Locale.ROOT);
            if (query.contains("comp=list")) {
                return query.contains("blocklist") ? "commit" : "list";
            }
            return query.contains("comp=block") ? "block" : query.contains("comp=batch") ? "batch" : method;
        }

        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            count(context);
            return next.process().doOnNext(this::look);
        }

        @Override
        public HttpResponse processSync(HttpPipelineCallContext context, HttpPipelineNextSyncPolicy next) {
            count(context);
            HttpResponse response = next.processSync();
            look(response);
            return response;
        }
    }
}
