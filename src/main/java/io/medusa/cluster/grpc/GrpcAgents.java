package io.medusa.cluster.grpc;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.medusa.cluster.ClusterBackupRequest;
import io.medusa.cluster.NodeAgents;
import io.medusa.cluster.NodeFanOut;
import io.medusa.error.Failures;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.os.PemFiles;
import io.medusa.wire.v1.AgentGrpc;
import io.medusa.wire.v1.BackupEvent;
import io.medusa.wire.v1.BackupRequest;
import io.medusa.wire.v1.ClearSnapshotRequest;
import io.medusa.wire.v1.FindBackupRequest;
import io.medusa.wire.v1.Mode;
import io.medusa.wire.v1.StopBackupRequest;
import io.medusa.wire.v1.TakeSnapshotRequest;
import io.medusa.wire.v1.TakeSnapshotResponse;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of the nodes (medusa/v1/agent.proto), each at the node's name and a common port. Keeps one connection per node. */
public final class GrpcAgents implements NodeAgents, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcAgents.class);
    private static final int LOOK_AGAIN = 5;
    private static final Duration BEFORE_LOOKING = Duration.ofSeconds(5);
    private static final long KEEP_ALIVE_SECONDS = 30;
    private static final long SHORT_SECONDS = 20;
    /** Longer than a service waits for a backup to stop. */
    private static final long STOP_SECONDS = 90;

    private final Settings settings;
    private final Channels connections;
    private final Map<NodeName, ManagedChannel> channels = new ConcurrentHashMap<>();

    /**
     * How to reach the services.
     *
     * @param tls this side's certificate and the CA of the services; empty for plain text
     * @param serverName the name in their certificates; empty for the name of each node
     * @param maxReceive the largest accepted message in bytes
     */
    public record Settings(int port, Optional<PemFiles> tls, Optional<String> serverName, int maxReceive) {}

    /** Opens no connection yet. */
    public GrpcAgents(Settings settings) {
        this.settings = settings;
        this.connections = new Channels(settings.tls());
    }

    private AgentGrpc.AgentBlockingStub agent(NodeName node) {
        return AgentGrpc.newBlockingStub(channels.computeIfAbsent(node, this::connect));
    }

    private ManagedChannel connect(NodeName node) {
        return connections
                .to(node.value(), settings.port(), settings.serverName())
                .maxInboundMessageSize(settings.maxReceive())
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .build();
    }

    @Override
    public void check(ClusterBackupRequest request) {
        if (settings.tls().isEmpty()) {
            LOG.warn("Without TLS nobody knows who answers for the nodes: set tls_cert, tls_key and ca_cert in [grpc]");
        }
    }

    @Override
    public Earlier look(NodeName node, ClusterBackupRequest request) {
        try {
            return switch (agent(node)
                    .withDeadlineAfter(SHORT_SECONDS, TimeUnit.SECONDS)
                    .findBackup(FindBackupRequest.newBuilder()
                            .setName(request.name().value())
                            .build())
                    .getState()) {
                case RUNNING -> Earlier.RUNS;
                case ENDED -> Earlier.ENDED;
                case UNKNOWN, UNRECOGNIZED -> Earlier.NOTHING;
            };
        } catch (StatusRuntimeException failed) {
            checkInterrupted(failed);
            // the next call tells why
            return Earlier.NOTHING;
        }
    }

    @Override
    public Taken takeSnapshot(NodeName node, BackupName backup, boolean keep) {
        try {
            TakeSnapshotResponse taken = agent(node)
                    .takeSnapshot(TakeSnapshotRequest.newBuilder()
                            .setBackupName(backup.value())
                            .setMayExpire(!keep)
                            .build());
            return new Taken(Optional.empty(), true, snapshot(taken));
        } catch (StatusRuntimeException failed) {
            checkInterrupted(failed);
            return new Taken(
                    Optional.of(cause(node, failed)), isLost(failed) && !isUnreachable(failed), Optional.empty());
        }
    }

    private static Optional<BackupSnapshot> snapshot(TakeSnapshotResponse taken) {
        return taken.getTakenMs() > 0
                ? Optional.of(new BackupSnapshot(
                        known(taken.getId()),
                        Instant.ofEpochMilli(taken.getTakenMs()),
                        known(taken.getSchemaVersion()),
                        taken.hasEpoch() ? OptionalLong.of(taken.getEpoch()) : OptionalLong.empty()))
                : Optional.empty();
    }

    private static Optional<String> known(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    @Override
    public Optional<String> clearSnapshot(NodeName node, BackupName backup) {
        return asked(
                node,
                agent -> agent.clearSnapshot(ClearSnapshotRequest.newBuilder()
                        .setBackupName(backup.value())
                        .build()));
    }

    private Optional<String> asked(NodeName node, Function<AgentGrpc.AgentBlockingStub, ?> question) {
        try {
            Object unused = question.apply(agent(node).withDeadlineAfter(STOP_SECONDS, TimeUnit.SECONDS));
            return Optional.empty();
        } catch (StatusRuntimeException failed) {
            checkInterrupted(failed);
            return Optional.of(cause(node, failed));
        }
    }

    @Override
    public NodeFanOut.Work upload(NodeName node, ClusterBackupRequest request, Optional<String> snapshot) {
        ProgressLine says = new ProgressLine();
        return new NodeFanOut.Work(says::line, () -> backUp(node, request, snapshot, says));
    }

    private Optional<String> backUp(
            NodeName node, ClusterBackupRequest request, Optional<String> snapshot, ProgressLine says) {
        BackupRequest wanted = BackupRequest.newBuilder()
                .setName(request.name().value())
                .setMode(request.mode() == BackupMode.FULL ? Mode.FULL : Mode.DIFFERENTIAL)
                .setStaggerSeconds(request.stagger().map(Duration::toSeconds).orElse(0L))
                .setCompareHashes(request.hashEverything())
                .setKeepSnapshot(request.keepSnapshot())
                .setUseExistingSnapshot(request.useExistingSnapshot())
                .setSnapshotId(snapshot.orElse(""))
                .build();
        boolean begun = false;
        for (int again = 0; ; again++) {
            try {
                Iterator<BackupEvent> events = agent(node).backup(wanted);
                while (events.hasNext()) {
                    begun = true;
                    BackupEvent event = events.next();
                    if (event.hasResult()) {
                        int damaged = event.getResult().getDamagedFilesCount();
                        if (damaged > 0) {
                            LOG.warn(
                                    "{}: backed up {} unchanged although damaged on the node",
                                    node,
                                    Count.of(damaged, "file"));
                        }
                        return Optional.empty();
                    }
                    says.hear(event.getProgress());
                }
                return Optional.of("its service ended without a result");
            } catch (StatusRuntimeException failed) {
                checkInterrupted(failed);
                if (begun && failed.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                    // it finished while there was no connection
                    return Optional.empty();
                }
                if (!isLost(failed) || !begun || again == LOOK_AGAIN) {
                    return Optional.of(cause(node, failed));
                }
                LOG.warn("{}; its backup keeps running, and is looked for again", cause(node, failed));
                Failures.pause(BEFORE_LOOKING);
            }
        }
    }

    @Override
    public void stop(NodeName node, ClusterBackupRequest request) {
        asked(
                        node,
                        agent -> agent.stopBackup(StopBackupRequest.newBuilder()
                                .setName(request.name().value())
                                .build()))
                .ifPresent(cause -> LOG.warn("Not known to have stopped: {}", cause));
    }

    private static void checkInterrupted(StatusRuntimeException failed) {
        if (Thread.currentThread().isInterrupted()) {
            throw Failures.interrupted(failed);
        }
    }

    /** Whether the connection failed or the service stopped; the work may still be running. */
    private static boolean isLost(StatusRuntimeException failed) {
        boolean told = failed.getTrailers() != null && failed.getTrailers().containsKey(Channels.FAILURE);
        return !told
                && switch (failed.getStatus().getCode()) {
                    case UNAVAILABLE, INTERNAL, UNKNOWN, CANCELLED, DEADLINE_EXCEEDED -> true;
                    default -> false;
                };
    }

    /** Whether no connection was established. */
    private static boolean isUnreachable(StatusRuntimeException failed) {
        Throwable root = Failures.root(failed);
        return root instanceof ConnectException
                || root instanceof UnknownHostException
                || root instanceof GeneralSecurityException
                || root instanceof SSLException;
    }

    /** The failure in one line. */
    private String cause(NodeName node, StatusRuntimeException failed) {
        Status status = failed.getStatus();
        if (status.getCode() == Status.Code.UNIMPLEMENTED) {
            return "the service at " + node + ":" + settings.port() + " takes no orders for cluster backups";
        }
        if (!isLost(failed)) {
            return Optional.ofNullable(status.getDescription())
                    .orElse(status.getCode().name());
        }
        return "the service at " + node + ":" + settings.port() + ": " + Reasons.of(failed);
    }

    /** Closes the connections. The nodes continue their work. */
    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }
}
