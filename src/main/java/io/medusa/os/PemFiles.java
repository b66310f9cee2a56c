package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Makes what TLS needs from PEM files: CA certificates, and optionally a certificate of one's own with its key.
 *
 * @param options which options of the configuration name the files, for messages
 */
public record PemFiles(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key, String options) {
    /** Of a subject alternative name (RFC 5280). */
    private static final Integer DNS_NAME = 2;
    /** A context with both. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(), ca.isPresent() ? trustManagers() : null, null);
            return context;
        } catch (GeneralSecurityException failed) {
            throw unusable(failed);
        }
    }

    /** A context with both that accepts every host name in a server's certificate; for servers on this machine. */
    public SSLContext contextForAnyName() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keyManagers(), ca.isPresent() ? new TrustManager[] {new AnyName(trustManagers())} : null, null);
            return context;
        } catch (GeneralSecurityException failed) {
            throw unusable(failed);
        }
    }

    /**
     * Reads all of them.
     *
     * @return when the last CA certificate expired, if all have; connections with this program still work
     * @throws io.medusa.error.MedusaException if one cannot be read or used
     */
    public Optional<Instant> requireUsable() {
        SSLContext unused = context();
        try {
            List<X509Certificate> authorities = ca.isPresent() ? PemBlock.certificates(ca.get()) : List.of();
            return authorities.stream()
                    .map(each -> each.getNotAfter().toInstant())
                    .max(Comparator.naturalOrder())
                    .filter(Instant.now()::isAfter);
        } catch (GeneralSecurityException | IOException failed) {
            throw unusable(failed);
        }
    }

    /** Trust in the CA certificates and in nobody else. */
    public TrustManager[] trustManagers() {
        try {
            return trusting(PemBlock.certificates(ca.orElseThrow()));
        } catch (GeneralSecurityException | IOException failed) {
            throw unusable(failed);
        }
    }

    /** The own certificate, or none. */
    public KeyManager[] keyManagers() {
        try {
            KeyStore own = emptyStore();
            if (certificate.isPresent() && key.isPresent()) {
                PrivateKey secret = PemKey.read(key.get());
                List<X509Certificate> all = PemBlock.certificates(certificate.get());
                X509Certificate leaf = leaf(all, secret);
                checkFits(secret, leaf);
                own.setKeyEntry("own", secret, new char[0], chain(leaf, all).toArray(new Certificate[0]));
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, new char[0]);
            return keys.getKeyManagers();
        } catch (GeneralSecurityException | IOException failed) {
            throw unusable(failed);
        }
    }

    /** A name that the own certificate is good for, if it has one. */
    public Optional<String> name() {
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        try {
            List<X509Certificate> all = PemBlock.certificates(certificate.get());
            X509Certificate own = key.isPresent() ? leaf(all, PemKey.read(key.get())) : all.get(0);
            Collection<List<?>> names = own.getSubjectAlternativeNames();
            return names == null
                    ? Optional.empty()
                    : names.stream()
                            .filter(name -> Objects.equals(name.get(0), DNS_NAME))
                            .map(name -> String.valueOf(name.get(1)))
                            .filter(name -> !name.startsWith("*"))
                            .findFirst();
        } catch (GeneralSecurityException | IOException failed) {
            throw unusable(failed);
        }
    }

    /** The certificate of the key; the first one where none is, for the message. */
    private static X509Certificate leaf(List<X509Certificate> all, PrivateKey secret) throws GeneralSecurityException {
        for (X509Certificate each : all) {
            if (isOf(secret, each)) {
                return each;
            }
        }
        return all.get(0);
    }

    /** From a certificate to those that signed it. Others in the file do not matter, as in OpenSSL. */
    private static List<X509Certificate> chain(X509Certificate leaf, List<X509Certificate> all) {
        List<X509Certificate> chain = new ArrayList<>(List.of(leaf));
        for (Optional<X509Certificate> next = Optional.of(leaf); next.isPresent(); ) {
            X509Certificate last = next.get();
            next = all.stream()
                    .filter(each -> !chain.contains(each) && hasSigned(each, last))
                    .findFirst();
            next.ifPresent(chain::add);
        }
        return chain;
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate subject) {
        if (!issuer.getSubjectX500Principal().equals(subject.getIssuerX500Principal())) {
            return false;
        }
        try {
            subject.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException another) {
            return false;
        }
    }

    /** What would otherwise fail only when somebody connects. */
    private void checkFits(PrivateKey secret, X509Certificate own) throws GeneralSecurityException {
        try {
            own.checkValidity();
        } catch (CertificateException outOfTime) {
            throw new GeneralSecurityException(
                    certificate.orElseThrow() + " is valid from "
                            + own.getNotBefore().toInstant() + " to "
                            + own.getNotAfter().toInstant() + ", not now",
                    outOfTime);
        }
        if (!isOf(secret, own)) {
            throw new GeneralSecurityException("the key in " + key.orElseThrow()
                    + " does not belong to the certificate in " + certificate.orElseThrow());
        }
    }

    private static boolean isOf(PrivateKey secret, X509Certificate own) throws GeneralSecurityException {
        String algorithm =
                switch (secret.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> secret.getAlgorithm();
                };
        byte[] proof = "proof".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update(proof);
            byte[] signed = signature.sign();
            signature.initVerify(own.getPublicKey());
            signature.update(proof);
            return signature.verify(signed);
        } catch (InvalidKeyException | SignatureException otherKind) {
            return false;
        }
    }

    private MedusaException unusable(Exception failed) {
        return new MedusaException(
                FailureKind.CONFIG_UNREADABLE,
                "the TLS files " + options + " cannot be used: " + reason(failed),
                failed);
    }

    private static String reason(Exception failed) {
        if (failed instanceof NoSuchFileException missing) {
            return missing.getFile() + " does not exist";
        }
        if (failed instanceof AccessDeniedException denied) {
            return denied.getFile() + ": permission denied";
        }
        return String.valueOf(failed.getMessage());
    }

    /** Trust in these and in nobody else. */
    static TrustManager[] trusting(Collection<? extends Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore trusted = emptyStore();
        int number = 0;
        for (Certificate certificate : authorities) {
            trusted.setCertificateEntry("ca" + number++, certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
