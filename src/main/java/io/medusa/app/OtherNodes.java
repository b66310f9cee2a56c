package io.medusa.app;

import io.medusa.cluster.ClusterHosts;
import io.medusa.cluster.ClusterView;
import io.medusa.cluster.grpc.GrpcAgents;
import io.medusa.config.MedusaConfig;
import io.medusa.remote.RemoteHosts;
import io.medusa.remote.Shell;
import io.medusa.remote.ssh.SshHosts;
import io.medusa.remote.ssh.SshSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The other nodes of the cluster, over SSH or by their services. Connections are kept until this is closed. */
final class OtherNodes implements AutoCloseable {
    private final MedusaConfig config;
    private final Map<String, String> environment;
    private @Nullable RemoteHosts remote;
    private @Nullable GrpcAgents services;

    OtherNodes(MedusaConfig config, Map<String, String> environment) {
        this.config = config;
        this.environment = environment;
    }

    /** As hosts that run commands. */
    ClusterHosts overSsh(ClusterView view) {
        MedusaConfig.Ssh ssh = config.ssh();
        RemoteHosts hosts = remote;
        if (hosts == null) {
            hosts = new SshHosts(new SshSettings(
                    ssh.username(),
                    ssh.port(),
                    ssh.keyFile(),
                    ssh.certificateFile(),
                    ssh.usePty(),
                    Duration.ofSeconds(ssh.keepAliveSeconds()),
                    switch (ssh.hostKeys()) {
                        case ACCEPT_NEW -> SshSettings.HostKeys.ACCEPT_NEW;
                        case OFF -> SshSettings.HostKeys.OFF;
                        case STRICT -> SshSettings.HostKeys.STRICT;
                    },
                    Path.of(System.getProperty("user.home"), ".ssh"),
                    Optional.ofNullable(environment.get("SSH_AUTH_SOCK"))
                            .filter(socket -> !socket.isEmpty())
                            .map(Path::of)));
            remote = hosts;
        }
        return new ClusterHosts(hosts, new Shell(config.cassandra().useSudo(), ssh.loginShell()), view);
    }

    /** By the services that run there. */
    GrpcAgents services() {
        MedusaConfig.Grpc grpc = config.grpc();
        GrpcAgents agents = services;
        if (agents == null) {
            agents = new GrpcAgents(
                    new GrpcAgents.Settings(grpc.port(), grpc.tls(), grpc.serverName(), grpc.maxReceive()));
            services = agents;
        }
        return agents;
    }

    @Override
    public void close() {
        if (remote != null) {
            remote.close();
        }
        if (services != null) {
            services.close();
        }
    }
}
