package io.medusa.cassandra.cql;

import io.medusa.model.Secret;
import io.medusa.os.PemFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How to reach the local node over CQL.
 *
 * @param contacts addresses; the first that answers is used
 * @param caCertificates PEM; if present, TLS is used
 */
public record CqlSettings(
        List<String> contacts,
        int port,
        Optional<String> user,
        Optional<Secret> password,
        Optional<Path> caCertificates,
        Optional<Path> clientCertificate,
        Optional<Path> clientKey) {
    /** What TLS needs, if TLS is used. */
    Optional<PemFiles> certificates() {
        return caCertificates.map(ca -> new PemFiles(
                Optional.of(ca), clientCertificate, clientKey, "certfile, usercert and userkey in [cassandra]"));
    }

    /** The same for another host. */
    public CqlSettings at(String host) {
        return new CqlSettings(List.of(host), port, user, password, caCertificates, clientCertificate, clientKey);
    }
}
