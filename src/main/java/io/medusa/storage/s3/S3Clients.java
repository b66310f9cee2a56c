package io.medusa.storage.s3;

import io.medusa.os.TrustedAuthorities;
import io.medusa.storage.Traffic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.profiles.ProfileFileLocation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.utils.AttributeMap;

/** Makes the SDK's client from our settings. */
final class S3Clients {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int ATTEMPTS = 8;
    private static final String DEFAULT_PROFILE = "default";
    private static final Set<String> DAMAGED_ON_THE_WAY = Set.of("BadDigest", "XAmzContentSHA256Mismatch");

    private S3Clients() {}

    /**
     * @param backoff instead of the SDK's own; for tests
     */
    static S3Client create(S3Settings settings, Traffic traffic, Optional<BackoffStrategy> backoff) {
        StandardRetryStrategy.Builder retries = DefaultRetryStrategy.standardStrategyBuilder()
                .maxAttempts(ATTEMPTS)
                .circuitBreakerEnabled(false)
                // bytes that changed on the way are worth another try
                .retryOnException(failed -> failed instanceof AwsServiceException service
                        && service.awsErrorDetails() != null
                        && DAMAGED_ON_THE_WAY.contains(
                                String.valueOf(service.awsErrorDetails().errorCode())));
        backoff.ifPresent(strategy -> retries.backoffStrategy(strategy).throttlingBackoffStrategy(strategy));
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials(settings.credentials(), System.getenv(), configuration()))
                .forcePathStyle(settings.pathStyle())
                // Amazon names the bucket's region in its refusal
                .crossRegionAccessEnabled(true)
                // many servers refuse checksums that they do not know; ours go as Content-MD5, which they all do
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .addPlugin(LegacyMd5Plugin.create())
                // for the client that follows regions, too: a wait for 100 Continue would cost every small object a
                // round trip
                .serviceConfiguration(S3Configuration.builder()
                        .chunkedEncodingEnabled(false)
                        .expectContinueEnabled(false)
                        .build())
                .httpClient(new SendingClient(http(settings)))
                .overrideConfiguration(override ->
                        override.addExecutionInterceptor(new Counter(traffic)).retryStrategy(retries.build()));
        settings.endpoint().ifPresent(builder::endpointOverride);
        return builder.build();
    }

    private static SdkHttpClient http(S3Settings settings) {
        Apache5HttpClient.Builder http = Apache5HttpClient.builder()
                .maxConnections(settings.connections())
                .connectionTimeout(CONNECT_TIMEOUT)
                .connectionAcquisitionTimeout(settings.readTimeout())
                .socketTimeout(settings.readTimeout())
                .tcpKeepAlive(true)
                .expectContinueEnabled(false);
        settings.certificates().authorities().ifPresent(file -> {
            TrustManager[] trusted = TrustedAuthorities.of(file);
            http.tlsTrustManagersProvider(() -> trusted);
        });
        return settings.certificates().verified()
                ? http.build()
                : http.buildWithDefaults(AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
                        .build());
    }

    /**
     * Where the credentials come from.
     *
     * @param environment of this process
     * @param configuration such as {@code ~/.aws/config}
     */
    static AwsCredentialsProvider credentials(
            S3Settings.Credentials wanted, Map<String, String> environment, Optional<Path> configuration) {
        if (wanted.file().isEmpty()) {
            DefaultCredentialsProvider.Builder usual = DefaultCredentialsProvider.builder();
            wanted.profile().ifPresent(usual::profileName);
            return usual.build();
        }
        CredentialsFile file = CredentialsFile.read(wanted.file().get(), configuration);
        if (wanted.profile().isPresent()) {
            // who names a profile means that one
            return file.of(wanted.profile().get());
        }
        if (!environment.getOrDefault("AWS_ACCESS_KEY_ID", "").isBlank()) {
            return EnvironmentVariableCredentialsProvider.create();
        }
        // not as a chain, which would hide why the file gives none
        return file.has(DEFAULT_PROFILE)
                ? file.of(DEFAULT_PROFILE)
                : DefaultCredentialsProvider.builder().build();
    }

    /** What the user has configured for all of Amazon's tools. */
    private static Optional<Path> configuration() {
        return Optional.of(ProfileFileLocation.configurationFilePath()).filter(Files::isReadable);
    }

    /** Counts requests, what is sent again, and answers that ask to slow down. */
    private static final class Counter implements ExecutionInterceptor {
        private static final ExecutionAttribute<Boolean> SENT = new ExecutionAttribute<>("io.medusa.sent");
        private static final int SLOW_DOWN = 503;
        private static final int TOO_MANY = 429;

        private final Traffic traffic;

        Counter(Traffic traffic) {
            this.traffic = traffic;
        }

        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            if (attributes.getAttribute(SENT) == null) {
                attributes.putAttribute(SENT, true);
                String kind = context.request().getClass().getSimpleName();
                traffic.request(kind.substring(0, kind.length() - "Request".length()));
            } else {
                traffic.retry();
            }
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            int status = context.httpResponse().statusCode();
            if (status == SLOW_DOWN || status == TOO_MANY) {
                traffic.throttled();
            }
        }
    }
}
