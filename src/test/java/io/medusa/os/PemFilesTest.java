package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.testing.Certificates;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PemFilesTest {
    @TempDir
    Path directory;

    private PemFiles files(Path ca, Path certificate, Path key) {
        return new PemFiles(Optional.of(ca), Optional.of(certificate), Optional.of(key), "ca_cert and so on in [grpc]");
    }

    @Test
    void whatDoesNotBelongTogetherIsNamedBeforeAnybodyConnects() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Certificates.Pair other = authority.pair("other");
        assertThat(files(authority.ca(), own.certificate(), own.key()).keyManagers())
                .isNotEmpty();
        assertThat(files(authority.ca(), own.certificate(), own.key()).name()).contains("localhost");
        assertThatThrownBy(() ->
                        files(authority.ca(), own.certificate(), other.key()).keyManagers())
                .hasMessageContaining(
                        "the key in " + other.key() + " does not belong to the certificate in " + own.certificate());
        assertThatThrownBy(() -> files(authority.ca(), authority.expired("old").certificate(), own.key())
                        .keyManagers())
                .hasMessageContaining("old.pem is valid from ")
                .hasMessageContaining(", not now");
    }

    @Test
    void garbageIsNamedByItsFile() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Path garbage = Files.writeString(directory.resolve("garbage.pem"), "-----BEGIN CERTIFICATE-----\n!!!\n");
        assertThatThrownBy(() -> files(garbage, own.certificate(), own.key()).trustManagers())
                .hasMessageContaining("garbage.pem contains no certificate");
        assertThatThrownBy(() -> files(authority.ca(), garbage, own.key()).keyManagers())
                .hasMessageContaining("garbage.pem contains no certificate");
        Path cut = Files.writeString(
                directory.resolve("cut.key"), "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> files(authority.ca(), own.certificate(), cut).keyManagers())
                .hasMessageContaining("cut.key contains ");
    }

    private Path concatenated(String name, Path... files) throws IOException {
        StringBuilder text = new StringBuilder("\uFEFFBag Attributes\r\n    friendlyName: caf\u00e9\r\n");
        for (Path file : files) {
            text.append(Files.readString(file).replace("\n", "\r\n")).append("\r\n# comment\r\n");
        }
        return Files.writeString(directory.resolve(name), text);
    }

    private static List<String> chain(PemFiles files) {
        return Arrays.stream(((X509ExtendedKeyManager) files.keyManagers()[0]).getCertificateChain("own"))
                .map(certificate -> certificate.getSubjectX500Principal().getName())
                .toList();
    }

    @Test
    void blocksOfOtherKindsArePassedOver() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Path all = concatenated("all.pem", own.key(), own.certificate(), authority.ca());
        assertThat(chain(files(all, all, all))).containsExactly("CN=own", "CN=ours");
        assertThat(files(all, all, all).trustManagers()).hasSize(1);
        assertThat(files(all, all, all).name()).contains("localhost");
        assertThat(TrustedAuthorities.of(all)).hasSize(1);
    }

    @Test
    void repeatedAndForeignCertificatesAfterTheLeafDoNotMatter() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        Certificates.Pair own = authority.pair("own");
        Certificates foreign = new Certificates(directory.resolve("f"), "theirs");
        Path other = foreign.pair("other").certificate();
        Path repeated = concatenated(
                "repeated.pem",
                own.certificate(),
                own.certificate(),
                other,
                authority.ca(),
                foreign.ca(),
                authority.ca());
        assertThat(chain(files(authority.ca(), repeated, own.key()))).containsExactly("CN=own", "CN=ours");
        Path withoutAuthority = concatenated("two.pem", own.certificate(), other);
        assertThat(chain(files(authority.ca(), withoutAuthority, own.key()))).containsExactly("CN=own");
        Path authorityFirst = concatenated("upside-down.pem", authority.ca(), own.certificate());
        assertThat(chain(files(authority.ca(), authorityFirst, own.key()))).containsExactly("CN=own", "CN=ours");
        assertThat(files(authority.ca(), authorityFirst, own.key()).name()).contains("localhost");
    }

    @Test
    void keysInTheFormsBeforePkcs8AreRead() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        PrivateKey key = generator.generateKeyPair().getPrivate();
        PrivateKeyInfo pkcs8 = PrivateKeyInfo.getInstance(key.getEncoded());
        byte[] curve =
                pkcs8.getPrivateKeyAlgorithm().getParameters().toASN1Primitive().getEncoded();
        BigInteger secret = ((ECPrivateKey) key).getS();
        byte[] bare = new org.bouncycastle.asn1.sec.ECPrivateKey(384, secret).getEncoded();
        byte[] named = new org.bouncycastle.asn1.sec.ECPrivateKey(384, secret, ASN1ObjectIdentifier.getInstance(curve))
                .getEncoded();
        for (Path file : List.of(
                pem("named.key", block("EC PRIVATE KEY", named)),
                pem("pkcs8.key", block("PRIVATE KEY", key.getEncoded())),
                pem("bare.key", block("EC PARAMETERS", curve) + block("EC PRIVATE KEY", bare)))) {
            ECPrivateKey read = (ECPrivateKey) PemKey.read(file);
            assertThat(read.getS()).isEqualTo(secret);
            assertThat(read.getParams().getOrder().bitLength()).isEqualTo(384);
        }
        assertThatThrownBy(() -> PemKey.read(pem("lost.key", block("EC PRIVATE KEY", bare))))
                .hasMessageContaining("lost.key contains an EC key that does not name its curve");
        assertThatThrownBy(() -> PemKey.read(pem("cut.key", block("EC PRIVATE KEY", new byte[] {0x30, 0x50, 0x01}))))
                .hasMessageContaining("cut.key contains ");
        for (String encrypted : List.of(
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                        + "-----END RSA PRIVATE KEY-----\n",
                block("ENCRYPTED PRIVATE KEY", new byte[] {1}))) {
            assertThatThrownBy(() -> PemKey.read(pem("secret.key", encrypted)))
                    .hasMessageContaining(
                            "secret.key contains a key that is encrypted, and no option has its password");
        }
    }

    /** Made by {@code openssl ecparam -genkey}; unlike the keys of other tests, these contain their public half. */
    @ParameterizedTest
    @CsvSource({"prime256v1, 256", "secp384r1, 384", "secp521r1, 521"})
    void keysOfOpensslAreRead(String curve, int bits) throws Exception {
        for (String suffix : List.of(".pem", "-with-parameters.pem")) {
            Path file = Path.of("src/test/resources/keys", curve + suffix);
            assertThat(((ECPrivateKey) PemKey.read(file)).getParams().getOrder().bitLength())
                    .isEqualTo(bits);
        }
    }

    @Test
    void certificatesInPkcs7AreRead() throws Exception {
        Certificates authority = new Certificates(directory, "ours");
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        byte[] pkcs7 =
                factory.generateCertPath(PemBlock.certificates(authority.ca())).getEncoded("PKCS7");
        Path file = pem("ca.p7b", block("PKCS7", pkcs7));
        assertThat(PemBlock.certificates(file)).isEqualTo(PemBlock.certificates(authority.ca()));
        assertThatThrownBy(() -> PemBlock.certificates(pem("bad.p7b", block("PKCS7", new byte[] {1}))))
                .hasMessageContaining("bad.p7b contains no certificate");
    }

    private Path pem(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }
}
