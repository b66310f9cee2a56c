package io.medusa.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of one's own, and what it signs, as PEM files. */
public final class Certificates {
    private final Path directory;
    private final KeyPair key = newKey();
    private final X500Name name;
    private long serial = 1;

    /** Makes the authority; its certificate is {@link #ca}. */
    public Certificates(Path directory, String name) {
        this.directory = directory;
        this.name = new X500Name("CN=" + name);
        try {
            Files.createDirectories(directory);
            write(
                    "ca.pem",
                    "CERTIFICATE",
                    signed(this.name, key, true, Instant.now().plusSeconds(86_400), false)
                            .getEncoded());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Makes an authority, and certificates for a server and a client, in a directory: for scripts. */
    public static void main(String... arguments) {
        Certificates authority = new Certificates(Path.of(arguments[0]), "test");
        authority.pair("server");
        authority.pair("client");
    }

    /** A certificate and its key. */
    public record Pair(Path certificate, Path key) {}

    public Path ca() {
        return directory.resolve("ca.pem");
    }

    /** A certificate of this authority for somebody, good for this machine. */
    public Pair pair(String who) {
        return pair(who, Instant.now().plusSeconds(86_400));
    }

    /** One that was good until a minute ago. */
    public Pair expired(String who) {
        return pair(who, Instant.now().minusSeconds(60));
    }

    /** One that is good for no machine: it has only a common name. */
    public Pair nameless(String who) {
        return pair(who, Instant.now().plusSeconds(86_400), false);
    }

    private Pair pair(String who, Instant until) {
        return pair(who, until, true);
    }

    private Pair pair(String who, Instant until, boolean named) {
        KeyPair own = newKey();
        try {
            Path certificate = write(
                    who + ".pem",
                    "CERTIFICATE",
                    signed(new X500Name("CN=" + who), own, false, until, named).getEncoded());
            return new Pair(
                    certificate,
                    write(who + ".key", "PRIVATE KEY", own.getPrivate().getEncoded()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private X509CertificateHolder signed(
            X500Name subject, KeyPair subjectKey, boolean authority, Instant until, boolean named) throws IOException {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(serial++),
                    Date.from(Instant.now().minusSeconds(3600)),
                    Date.from(until),
                    subject,
                    subjectKey.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (named) {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                    new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                    new GeneralName(GeneralName.dNSName, "localhost")
                }));
            }
            return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()));
        } catch (OperatorCreationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private Path write(String file, String kind, byte[] der) throws IOException {
        StringWriter text = new StringWriter();
        text.append("-----BEGIN " + kind + "-----\n")
                .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der))
                .append("\n-----END " + kind + "-----\n");
        return Files.writeString(directory.resolve(file), text.toString());
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
