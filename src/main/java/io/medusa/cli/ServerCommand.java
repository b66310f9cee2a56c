package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.app.SharedMedusa;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.grpc.MedusaServer;
import io.medusa.grpc.MetricsEndpoint;
import io.medusa.grpc.Program;
import io.medusa.grpc.ReportEndpoint;
import io.medusa.grpc.Schedule;
import io.medusa.model.Check;
import io.medusa.transfer.Background;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa server}. */
@Command(
        name = "server",
        description = {
            "Serve backups and restores of this node over gRPC, until stopped by a signal.",
            "Also runs the schedules in [grpc]."
        },
        footer = {"  medusa server"})
final class ServerCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    @Option(names = "--port", paramLabel = "PORT", description = "Override port in [grpc]; 0 picks a free one.")
    @Nullable
    Integer port;

    @Option(
            names = "--restore-mappings",
            paramLabel = "DIR",
            description = "Directory that PrepareRestore writes to (default: /var/lib/cassandra/.restore_mapping).")
    Path mappings = Path.of("/var/lib/cassandra/.restore_mapping");

    @Override
    int run(Medusa medusa) {
        MedusaConfig.Grpc config = medusa.serving();
        if (port != null && (port < 0 || port > 65535)) {
            throw usage("--port takes a number from 0 to 65535");
        }
        MedusaServer.Settings settings = new MedusaServer.Settings(
                config.address(),
                port == null ? config.port() : port,
                config.maxSend(),
                config.maxReceive(),
                config.tls(),
                mappings);
        warnIfNoRestore(medusa);
        try (SharedMedusa shared = session().shared()) {
            serve(medusa, settings, shared::open);
        }
        // being told to stop is how it ends
        boolean unused = Thread.interrupted();
        return 0;
    }

    /** Nobody should learn it from the first restore. A node that cannot be looked at now may be there by then. */
    private static void warnIfNoRestore(Medusa medusa) {
        if (medusa.serving().tls().isEmpty()) {
            // nobody may restore without a certificate
            return;
        }
        try {
            medusa.onNode().restoreChecks().run(true).stream()
                    .filter(check -> check.outcome() == Check.Outcome.FAILED)
                    .forEach(check -> LOG.warn("This service cannot restore: {}", check.detail()));
        } catch (MedusaException unknown) {
            LOG.debug("Cannot check whether this service can restore: {}", unknown.getMessage());
        }
    }

    private static void serve(Medusa medusa, MedusaServer.Settings settings, Program program) {
        MedusaConfig.Grpc config = medusa.serving();
        MedusaConfig.Monitoring monitoring = medusa.monitoring();
        try (MedusaServer server = new MedusaServer(settings, program);
                MetricsEndpoint metrics = monitoring.provider() == MedusaConfig.MonitoringProvider.PROMETHEUS
                                && monitoring.prometheusPort() > 0
                        ? new MetricsEndpoint(
                                monitoring.prometheusPort(),
                                monitoring.prometheusFile().orElseThrow(),
                                program)
                        : null;
                ReportEndpoint report = config.reportPort() > 0
                        ? new ReportEndpoint(config.address(), config.reportPort(), config.tls(), program)
                        : null) {
            server.start();
            // loads the store's classes and connects, which the first client would wait for otherwise
            Background<Boolean> unused = Background.start("first look", () -> look(program));
            long spread = Duration.ofMinutes(config.spreadMinutes()).toSeconds();
            Duration delayed = Duration.ofSeconds(
                    spread == 0 ? 0 : Math.floorMod(medusa.node().value().hashCode(), spread));
            try (Schedule schedule = server.schedule(config.schedule(), delayed)) {
                server.awaitInterrupt();
            }
        } catch (MedusaException stopped) {
            if (stopped.kind() != FailureKind.INTERRUPTED) {
                throw stopped;
            }
        }
    }

    private static boolean look(Program program) {
        try (Medusa medusa = program.open()) {
            return medusa.pins().names().isEmpty();
        } catch (MedusaException failed) {
            LOG.warn(
                    "The store cannot be used so far: {}. The service runs, and each call tries again",
                    failed.getMessage());
            return false;
        }
    }
}
