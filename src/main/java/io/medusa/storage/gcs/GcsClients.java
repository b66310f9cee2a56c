package io.medusa.storage.gcs;

import com.google.api.gax.retrying.ResultRetryAlgorithm;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.retrying.TimedAttemptSettings;
import com.google.auth.Credentials;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import com.google.cloud.storage.StorageRetryStrategy;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.SmallFiles;
import io.medusa.storage.Traffic;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Makes Google's client from our settings. */
final class GcsClients {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int ATTEMPTS = 6;
    private static final String NO_PROJECT = "none";

    private GcsClients() {}

    static Storage create(GcsSettings settings, Traffic traffic) {
        StorageRetryStrategy usual = StorageRetryStrategy.getUniformStorageRetryStrategy();
        Credentials credentials = credentials(settings);
        StorageOptions.Builder options = StorageOptions.http()
                .setTransportOptions(HttpTransportOptions.newBuilder()
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setReadTimeout((int) settings.readTimeout().toMillis())
                        .build())
                // every request may be repeated: the same bytes under the same key are the same object
                .setStorageRetryStrategy(new Counted(usual, traffic))
                .setRetrySettings(RetrySettings.newBuilder()
                        .setMaxAttempts(ATTEMPTS)
                        .setInitialRetryDelayDuration(Duration.ofMillis(200))
                        .setRetryDelayMultiplier(2)
                        .setMaxRetryDelayDuration(Duration.ofSeconds(20))
                        .setTotalTimeoutDuration(Duration.ofMinutes(30))
                        .build())
                .setCredentials(credentials);
        boolean isWithoutProject = settings.keyFile().isPresent()
                ? !(credentials instanceof ServiceAccountCredentials)
                : isEmulator(settings);
        if (isWithoutProject) {
            // else it is searched for; requests for objects need none
            options.setProjectId(NO_PROJECT);
        }
        settings.endpoint().ifPresent(uri -> options.setHost(uri.toString()));
        return options.build().getService();
    }

    private static boolean isEmulator(GcsSettings settings) {
        return settings.endpoint().filter(uri -> uri.getScheme().equals("http")).isPresent();
    }

    private static Credentials credentials(GcsSettings settings) {
        if (settings.keyFile().isEmpty()) {
            if (isEmulator(settings)) {
                return NoCredentials.getInstance();
            }
            return ofTheMachine();
        }
        Path file = settings.keyFile().get();
        try {
            String json = SmallFiles.text(file);
            return GoogleCredentials.fromStream(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)))
                    .createScoped("https://www.googleapis.com/auth/devstorage.read_write");
        } catch (IOException | IllegalArgumentException unreadable) {
            // the cause is not kept: it may quote the key
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    "key_file in [storage], " + file
                            + ", is not a file of Google credentials: JSON with a type such as service_account,"
                            + " authorized_user, impersonated_service_account or external_account");
        }
    }

    /** Asked again by every call until there are some: Google's library asks a metadata server that did not answer only once. */
    private static Credentials ofTheMachine() {
        try {
            return GoogleCredentials.getApplicationDefault();
        } catch (IOException none) {
            try {
                ComputeEngineCredentials machine = ComputeEngineCredentials.create();
                machine.refresh();
                return machine;
            } catch (IOException noneYet) {
                none.addSuppressed(noneYet);
                throw new MedusaException(
                        FailureKind.STORAGE_DENIED,
                        "there are no Google credentials, and the machine's metadata server does not give any: "
                                + noneYet.getMessage()
                                + ". Set key_file in [storage] to the JSON of a service account, or give the machine one",
                        none);
            }
        }
    }

    /** Counts what is sent again. */
    private static final class Counted implements StorageRetryStrategy {
        private static final long serialVersionUID = 1L;

        private final StorageRetryStrategy strategy;
        private final transient Traffic traffic;

        Counted(StorageRetryStrategy strategy, Traffic traffic) {
            this.strategy = strategy;
            this.traffic = traffic;
        }

        @Override
        public ResultRetryAlgorithm<?> getIdempotentHandler() {
            return counted(strategy.getIdempotentHandler());
        }

        @Override
        public ResultRetryAlgorithm<?> getNonidempotentHandler() {
            return counted(strategy.getNonidempotentHandler());
        }

        private <T> ResultRetryAlgorithm<T> counted(ResultRetryAlgorithm<T> algorithm) {
            return new ResultRetryAlgorithm<>() {
                @Override
                public TimedAttemptSettings createNextAttempt(
                        Throwable failed, T response, TimedAttemptSettings settings) {
                    return algorithm.createNextAttempt(failed, response, settings);
                }

                @Override
                public boolean shouldRetry(Throwable failed, T response) {
                    boolean retry = algorithm.shouldRetry(failed, response);
                    if (retry) {
                        traffic.retry();
                    }
                    if (GcsFailures.asksToSlowDown(failed)) {
                        traffic.throttled();
                    }
                    return retry;
                }
            };
        }
    }
}
