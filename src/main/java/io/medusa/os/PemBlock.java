package io.medusa.os;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the blocks of a PEM file (RFC 7468), which may contain blocks of several kinds, text between them, and a byte order mark. As in
 * OpenSSL, blocks of a kind that is not asked for do not matter.
 */
final class PemBlock {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final Set<String> CERTIFICATES = Set.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");
    /** PKCS#7, of {@code openssl crl2pkcs7}. */
    private static final Set<String> COLLECTIONS = Set.of("PKCS7", "CMS");
    /** Headers of a key that is encrypted in the way of before PKCS#8 (RFC 1421). */
    private static final String ENCRYPTED = "Proc-Type: 4,ENCRYPTED";

    private final Path file;
    private final String label;
    private final String body;

    private PemBlock(Path file, String label, String body) {
        this.file = file;
        this.label = label;
        this.body = body;
    }

    /** All blocks of a file, in its order. */
    static List<PemBlock> all(Path file) throws GeneralSecurityException, IOException {
        List<PemBlock> blocks = new ArrayList<>();
        // what is outside of blocks can be in any encoding
        Matcher matcher = BLOCK.matcher(new String(bytes(file), StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            blocks.add(new PemBlock(file, matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }

    /** All certificates of a file, in its order, each once; at least one. A file without blocks may be DER. */
    static List<X509Certificate> certificates(Path file) throws GeneralSecurityException, IOException {
        List<X509Certificate> found = new ArrayList<>();
        List<PemBlock> blocks = all(file);
        for (PemBlock block : blocks) {
            if (CERTIFICATES.contains(block.label)) {
                found.add(block.certificate());
            }
        }
        if (found.isEmpty()) {
            for (PemBlock block : blocks) {
                if (COLLECTIONS.contains(block.label)) {
                    found.addAll(collection(file, block.der()));
                }
            }
        }
        if (blocks.isEmpty()) {
            found.addAll(collection(file, bytes(file)));
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException(file + " contains no certificate");
        }
        return found.stream().distinct().toList();
    }

    private static List<X509Certificate> collection(Path file, byte[] der) throws GeneralSecurityException {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(der)).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (CertificateException garbage) {
            throw new GeneralSecurityException(file + " contains no certificates in PEM", garbage);
        }
    }

    private static byte[] bytes(Path file) throws GeneralSecurityException, IOException {
        if (Files.isDirectory(file)) {
            throw new GeneralSecurityException(file + " is a directory");
        }
        return SmallFiles.bytes(file);
    }

    private X509Certificate certificate() throws GeneralSecurityException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der()));
        } catch (CertificateException garbage) {
            throw new GeneralSecurityException(file + " contains a damaged certificate", garbage);
        }
    }

    /** What the block says it is, such as {@code EC PRIVATE KEY}. */
    String label() {
        return label;
    }

    boolean isEncrypted() {
        return label.startsWith("ENCRYPTED ") || body.contains(ENCRYPTED);
    }

    /** What is in the block. */
    byte[] der() throws GeneralSecurityException {
        try {
            return Base64.getMimeDecoder().decode(body.strip());
        } catch (IllegalArgumentException garbage) {
            throw new GeneralSecurityException(
                    file + " contains a damaged " + (label.endsWith("KEY") ? "private key" : "certificate"), garbage);
        }
    }
}
