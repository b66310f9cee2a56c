package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN (RSA |EC |ENCRYPTED )?PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);
    /** Of a subject alternative name (RFC 5280). */
    private static final Integer DNS_NAME = 2;
    /** AlgorithmIdentifier rsaEncryption, to wrap a PKCS#1 key as PKCS#8 (RFC 5208, RFC 8017). */
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };

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

    /** Trust in the CA certificates and in nobody else. */
    public TrustManager[] trustManagers() {
        try {
            return trusting(certificates(ca.orElseThrow()));
        } catch (GeneralSecurityException | IOException failed) {
            throw unusable(failed);
        }
    }

    /** The own certificate, or none. */
    public KeyManager[] keyManagers() {
        try {
            KeyStore own = emptyStore();
            if (certificate.isPresent() && key.isPresent()) {
                PrivateKey secret = privateKey(key.get());
                Collection<? extends Certificate> chain = certificates(certificate.get());
                checkFits(secret, chain.iterator().next());
                own.setKeyEntry("own", secret, new char[0], chain.toArray(new Certificate[0]));
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
            X509Certificate own =
                    (X509Certificate) certificates(certificate.get()).iterator().next();
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

    /** What would otherwise fail only when somebody connects. */
    private void checkFits(PrivateKey secret, Certificate own) throws GeneralSecurityException {
        X509Certificate x509 = (X509Certificate) own;
        try {
            x509.checkValidity();
        } catch (CertificateException outOfTime) {
            throw new GeneralSecurityException(
                    certificate.orElseThrow() + " is valid from "
                            + x509.getNotBefore().toInstant() + " to "
                            + x509.getNotAfter().toInstant() + ", not now",
                    outOfTime);
        }
        String algorithm =
                switch (secret.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> secret.getAlgorithm();
                };
        byte[] proof = "proof".getBytes(StandardCharsets.US_ASCII);
        boolean fits;
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update(proof);
            byte[] signed = signature.sign();
            signature.initVerify(own.getPublicKey());
            signature.update(proof);
            fits = signature.verify(signed);
        } catch (InvalidKeyException | SignatureException otherKind) {
            fits = false;
        }
        if (!fits) {
            throw new GeneralSecurityException("the key in " + key.orElseThrow()
                    + " does not belong to the certificate in " + certificate.orElseThrow());
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

    private static Collection<? extends Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        if (Files.isDirectory(file)) {
            throw new GeneralSecurityException(file + " is a directory");
        }
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found;
            try {
                found = CertificateFactory.getInstance("X.509").generateCertificates(in);
            } catch (CertificateException garbage) {
                throw new GeneralSecurityException(file + " contains no certificates in PEM", garbage);
            }
            if (found.isEmpty()) {
                throw new GeneralSecurityException(file + " contains no certificate");
            }
            return found;
        }
    }

    private static PrivateKey privateKey(Path file) throws GeneralSecurityException, IOException {
        Matcher matcher = KEY.matcher(text(file));
        if (!matcher.find()) {
            throw new GeneralSecurityException(file + " contains no private key in PEM");
        }
        String kind = matcher.group(1) == null ? "" : matcher.group(1).strip();
        if (kind.equals("ENCRYPTED") || kind.equals("EC")) {
            throw new GeneralSecurityException(
                    file + " contains a key in an unsupported format. Convert it with: openssl pkcs8 -topk8 -nocrypt");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(matcher.group(2).strip());
        } catch (IllegalArgumentException garbage) {
            throw new GeneralSecurityException(file + " contains a damaged private key", garbage);
        }
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(kind.equals("RSA") ? wrapped(der) : der);
        for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException otherAlgorithm) {
                // the next one may fit
            }
        }
        throw new GeneralSecurityException(file + " contains no RSA, EC or Ed25519 key");
    }

    private static String text(Path file) throws GeneralSecurityException, IOException {
        if (Files.isDirectory(file)) {
            throw new GeneralSecurityException(file + " is a directory");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException garbage) {
            throw new GeneralSecurityException(file + " contains no private key in PEM", garbage);
        }
    }

    private static byte[] wrapped(byte[] pkcs1) throws IOException {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.write(new byte[] {0x02, 0x01, 0x00});
        inner.write(RSA_ALGORITHM);
        inner.write(element((byte) 0x04, pkcs1));
        return element((byte) 0x30, inner.toByteArray());
    }

    /** A DER element of definite length. */
    private static byte[] element(byte tag, byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.write(content);
        return out.toByteArray();
    }
}
