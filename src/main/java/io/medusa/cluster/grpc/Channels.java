package io.medusa.cluster.grpc;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.medusa.os.PemFiles;
import java.util.Optional;

/** Connections to Medusa services, with this side's certificate. */
public final class Channels {
    /** The trailer with the kind of a failure, which tells a failure of the work from one of the connection. */
    public static final Metadata.Key<String> FAILURE =
            Metadata.Key.of("medusa-failure", Metadata.ASCII_STRING_MARSHALLER);

    private final boolean secure;
    private final ChannelCredentials credentials;

    /** @param tls this side's certificate and the CA of the services; empty for plain text */
    public Channels(Optional<PemFiles> tls) {
        this.secure = tls.isPresent();
        this.credentials = tls.<ChannelCredentials>map(files -> TlsChannelCredentials.newBuilder()
                        .keyManager(files.keyManagers())
                        .trustManager(files.trustManagers())
                        .build())
                .orElseGet(InsecureChannelCredentials::create);
    }

    /**
     * Opens a connection to a service.
     *
     * @param serverName the name in its certificate; empty for the name of the host
     */
    public ManagedChannelBuilder<?> to(String host, int port, Optional<String> serverName) {
        ManagedChannelBuilder<?> builder = Grpc.newChannelBuilderForAddress(host, port, credentials);
        if (secure) {
            serverName.ifPresent(builder::overrideAuthority);
        }
        return builder;
    }
}
