package io.medusa.grpc;

import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.medusa.cluster.grpc.Reasons;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.WeeklyTime;
import io.medusa.os.PemFiles;
import io.medusa.os.Ports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the flows by gRPC: the service {@code Medusa} (docs/compatibility.md 19), {@code medusa.v1.Agent}, health and reflection. With certificates, clients must have
 * one, too; without, anybody who reaches the port may do anything.
 */
public final class MedusaServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MedusaServer.class);
    /** The library's own log, kept here so that its level stays: every request that cannot be read would be a stack trace there. */
    private static final java.util.logging.Logger LIBRARY = java.util.logging.Logger.getLogger("io.grpc");

    private static final String WHOLE_SERVER = "";
    /** For requests that are under way when the service stops, and then for a backup to give back what it holds. */
    private static final long STOP_SECONDS = 20;

    private final Settings settings;
    private final HealthStatusManager health = new HealthStatusManager();
    private final BackupTasks backups;
    private final ScheduledJobs jobs;
    private final AgentService agent;
    private final Server server;

    /**
     * How to serve.
     *
     * @param address to listen on; nothing for all of this machine
     * @param port 0 for a free one
     * @param maxSend bytes of the largest message that is sent; and so on
     * @param tls with CA, certificate and key; nothing for plain text
     * @param mappings where restore mappings are written
     */
    public record Settings(
            Optional<String> address, int port, int maxSend, int maxReceive, Optional<PemFiles> tls, Path mappings) {
        private InetSocketAddress socket() {
            return Ports.listening(address, port, "address in [grpc]");
        }
    }

    /** Serves nothing before {@link #start}. */
    public MedusaServer(Settings settings, Program program) {
        if (!LOG.isTraceEnabled()) {
            LIBRARY.setLevel(java.util.logging.Level.OFF);
        }
        this.settings = settings;
        this.backups = new BackupTasks(program);
        this.jobs = new ScheduledJobs(program, backups);
        this.agent = new AgentService(program, backups, settings.tls().isPresent());
        this.server = NettyServerBuilder.forAddress(settings.socket(), credentials(settings.tls()))
                .addService(new MedusaService(program, backups, settings.mappings()))
                .addService(agent)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .maxInboundMessageSize((int)
                        Math.min(settings.maxReceive(), Runtime.getRuntime().maxMemory() / 16))
                .intercept(new SendLimit(settings.maxSend()))
                .intercept(new RequestLog())
                .build();
    }

    private static ServerCredentials credentials(Optional<PemFiles> tls) {
        return tls.<ServerCredentials>map(files -> TlsServerCredentials.newBuilder()
                        .keyManager(files.keyManagers())
                        .trustManager(LoggingTrustManager.around(files.trustManagers()))
                        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                        .build())
                .orElseGet(InsecureServerCredentials::create);
    }

    /**
     * Starts to serve.
     *
     * @throws MedusaException if the port cannot be used
     */
    public void start() {
        try {
            server.start();
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "port " + settings.port() + " in [grpc]: cannot listen"
                            + settings.address().map(host -> " at " + host).orElse("") + ": "
                            + Reasons.plain(String.valueOf(
                                    (failed.getCause() == null ? failed : failed.getCause()).getMessage())),
                    failed);
        }
        health.setStatus(WHOLE_SERVER, ServingStatus.SERVING);
        if (settings.tls().isEmpty()) {
            LOG.warn(
                    "Serving without TLS: anyone who can reach port {} can back up and delete. Set tls_cert, tls_key and"
                            + " ca_cert in [grpc]",
                    server.getPort());
        }
        LOG.info("Serving on port {}", server.getPort());
    }

    /**
     * Starts what the service does by itself. Clients know its backups as they know their own.
     *
     * @param delayed how much later than each time
     */
    public Schedule schedule(Map<MedusaConfig.ScheduledTask, WeeklyTime> times, Duration delayed) {
        return jobs.start(times, delayed);
    }

    /** The port that is listened on. */
    public int port() {
        return server.getPort();
    }

    /**
     * Serves until this thread is interrupted.
     *
     * @throws MedusaException of kind INTERRUPTED then
     */
    public void awaitInterrupt() {
        try {
            server.awaitTermination();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    /** Takes no more requests, lets those under way end if that is soon, and has a running backup give back what it holds. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        LOG.info("Stopping");
        health.enterTerminalState();
        server.shutdown();
        backups.tasks().stop(Duration.ZERO, STOP_SECONDS);
        agent.stop(STOP_SECONDS);
        try {
            if (!server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
                boolean unused = server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException again) {
            server.shutdownNow();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
