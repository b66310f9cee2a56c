package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whose certificates a TLS connection trusts. */
public final class TrustedAuthorities {
    private TrustedAuthorities() {}

    /** Those of a PEM file, and nobody else. */
    public static TrustManager[] of(Path file) {
        try {
            return PemFiles.trusting(PemBlock.certificates(file));
        } catch (IOException | GeneralSecurityException unreadable) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    "ca_cert in [storage], " + file + ", cannot be read as PEM certificates",
                    unreadable);
        }
    }

    /** Everybody, whatever the certificate says: only where the operator has asked for that. */
    public static TrustManager[] anybody() {
        return new TrustManager[] {new Anybody()};
    }

    /** A context that trusts these. */
    public static SSLContext context(TrustManager[] trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has TLS", impossible);
        }
    }

    /** An extended one, so that host names are not looked at, either. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
