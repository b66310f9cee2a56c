package io.medusa.grpc;

import io.medusa.model.Segments;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delegates to another trust manager, and logs the client certificates that it refuses, at most one a second, so that misconfigured
 * clients and intrusion attempts show up.
 */
final class LoggingTrustManager extends X509ExtendedTrustManager {
    private static final Logger LOG = LoggerFactory.getLogger(LoggingTrustManager.class);
    private static final long SELDOM = Duration.ofSeconds(1).toNanos();

    private final X509ExtendedTrustManager trust;
    private final AtomicLong told = new AtomicLong(System.nanoTime() - SELDOM);

    private LoggingTrustManager(X509ExtendedTrustManager trust) {
        this.trust = trust;
    }

    /** Wraps the X.509 trust managers among these. */
    static TrustManager[] around(TrustManager[] managers) {
        TrustManager[] wrapped = managers.clone();
        for (int i = 0; i < wrapped.length; i++) {
            if (wrapped[i] instanceof X509ExtendedTrustManager trust) {
                wrapped[i] = new LoggingTrustManager(trust);
            }
        }
        return wrapped;
    }

    /** A check of a certificate. */
    private interface Check {
        void run() throws CertificateException;
    }

    private void told(X509Certificate[] chain, Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException refused) {
            long now = System.nanoTime();
            long before = told.get();
            if (now - before >= SELDOM && told.compareAndSet(before, now)) {
                String who = chain.length == 0
                        ? "no subject"
                        : Segments.quoted(chain[0].getSubjectX500Principal().getName());
                LOG.warn("Refused the client certificate of {}: {}", who, refused.getMessage());
            }
            throw refused;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        told(chain, () -> trust.checkClientTrusted(chain, type));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        told(chain, () -> trust.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        told(chain, () -> trust.checkClientTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        trust.checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        trust.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        trust.checkServerTrusted(chain, type, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
