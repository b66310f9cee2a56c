package io.medusa.grpc;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.medusa.cluster.grpc.Channels;
import io.medusa.cluster.grpc.Reasons;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.PemFiles;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Checks whether the service on this machine is serving. */
public final class HealthProbe {
    private static final long SECONDS = 5;

    private HealthProbe() {}

    /**
     * Runs the check.
     *
     * @param node the name in the certificate, unless another is configured
     * @throws MedusaException of kind TIMEOUT if it is not serving
     */
    public static void run(MedusaConfig.Grpc config, NodeName node) {
        String host = config.address().orElse("127.0.0.1");
        Optional<String> serverName = config.serverName().or(() -> config.tls().flatMap(PemFiles::name));
        ManagedChannel channel = new Channels(config.tls())
                .to(host, config.port(), serverName.or(() -> Optional.of(node.value())))
                .build();
        try {
            ServingStatus status = HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
            if (status != ServingStatus.SERVING) {
                throw notServing(host, config.port(), status.name(), null);
            }
        } catch (StatusRuntimeException failed) {
            throw notServing(host, config.port(), Reasons.of(failed), failed);
        } finally {
            channel.shutdownNow();
        }
    }

    private static MedusaException notServing(
            String host, int port, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.TIMEOUT, "the service at " + host + ":" + port + " does not serve: " + why, cause);
    }
}
