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
import io.medusa.model.WeeklyTimes;
import io.medusa.os.PemFiles;
import io.medusa.os.Ports;
import io.medusa.os.ProgramFiles;
import io.medusa.os.SystemClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the flows over gRPC: the service {@code Medusa} (docs/compatibility.md 19), {@code medusa.v1.Agent}, health and reflection. With certificates, clients must have
 * one, too; without, anybody who reaches the port may do anything.
 */
public final class MedusaServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MedusaServer.class);
    /** The library's own logger, kept reachable so that its level stays: it would log a stack trace for every malformed request. */
    private static final java.util.logging.Logger LIBRARY = java.util.logging.Logger.getLogger("io.grpc");

    private static final String WHOLE_SERVER = "";
    /** How long a stop waits for all tasks together, such as for a backup to release its lease and snapshot. */
    private static final Duration FOR_TASKS = Duration.ofSeconds(20);

    private static final Duration FOR_ANSWERS = Duration.ofSeconds(3);

    private static final long KEEP_ALIVE_SECONDS = 60;
    /** How often clients may ask whether the service is still there. */
    private static final long PERMITTED_KEEP_ALIVE_SECONDS = 10;

    private final Settings settings;
    private final HealthStatusManager health = new HealthStatusManager();
    private final BackupTasks backups;
    private final PurgeTasks purges;
    private final ScheduledJobs jobs;
    private final AgentService agent;
    private final Server server;

    /**
     * How to serve.
     *
     * @param address to listen on; empty for all
     * @param port 0 for any free port
     * @param maxSend the largest message to send, in bytes; {@code maxReceive} accordingly
     * @param tls with CA, certificate and key; empty for plain text
     * @param mappings where restore mappings are written
     */
    public record Settings(
            Optional<String> address, int port, int maxSend, int maxReceive, Optional<PemFiles> tls, Path mappings) {
        private InetSocketAddress socket() {
            return Ports.listening(address, port, "address in [grpc]");
        }
    }

    /** Does not listen before {@link #start}. */
    public MedusaServer(Settings settings, Program program) {
        this(settings, program, ProgramFiles.current());
    }

    MedusaServer(Settings settings, Program unguarded, ProgramFiles files) {
        ReplacedFiles replaced =
                new ReplacedFiles(files, () -> health.setStatus(WHOLE_SERVER, ServingStatus.NOT_SERVING));
        Program program = replaced.guard(unguarded);
        if (!LOG.isTraceEnabled()) {
            LIBRARY.setLevel(java.util.logging.Level.OFF);
        }
        this.settings = settings;
        Clock clock = SystemClock.utc();
        this.backups = new BackupTasks(program, clock);
        this.purges = new PurgeTasks(program);
        this.jobs = new ScheduledJobs(program, clock, backups, purges);
        this.agent = new AgentService(program, backups, purges, settings.tls().isPresent());
        this.server = NettyServerBuilder.forAddress(settings.socket(), credentials(settings.tls()))
                .addService(new MedusaService(program, backups, purges, settings.mappings()))
                .addService(agent)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                // a call may last for hours: a connection that nobody uses meanwhile must not be taken for a dead one
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(PERMITTED_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxInboundMessageSize((int)
                        Math.min(settings.maxReceive(), Runtime.getRuntime().maxMemory() / 16))
                .intercept(new SendLimit(settings.maxSend()))
                .intercept(new RequestLog())
                .intercept(replaced)
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
     * Starts to listen.
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
     * Starts the scheduled jobs. Clients see their backups like their own.
     *
     * @param delayed the delay after each scheduled time
     */
    public Schedule schedule(Map<MedusaConfig.ScheduledTask, WeeklyTimes> times, Duration delayed) {
        return jobs.start(times, delayed);
    }

    /** The port that the server listens on. */
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

    /**
     * Stops accepting requests, makes a running backup release its lease and snapshot, and waits for running requests; less than
     * the 30 seconds that Kubernetes waits, except for a restore.
     */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        LOG.info("Stopping");
        health.enterTerminalState();
        server.shutdown();
        // all of them first: each would keep the others from cleaning up in time
        backups.tasks().interrupt();
        purges.tasks().interrupt();
        agent.interrupt();
        long began = System.nanoTime();
        try {
            boolean unused = backups.tasks().awaitEnd(leftSince(began));
            unused = purges.tasks().awaitEnd(leftSince(began));
            agent.awaitEnd(leftSince(began));
            if (!server.awaitTermination(leftSince(began).plus(FOR_ANSWERS).toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                unused = server.awaitTermination(FOR_ANSWERS.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException | MedusaException again) {
            server.shutdownNow();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration leftSince(long began) {
        Duration left = FOR_TASKS.minusNanos(System.nanoTime() - began);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
