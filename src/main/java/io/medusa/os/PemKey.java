package io.medusa.os;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/** Reads the private key of a PEM file: PKCS#8, or what OpenSSL wrote before it, PKCS#1 (RSA) and SEC 1 (EC). */
final class PemKey {
    private static final byte SEQUENCE = 0x30;
    private static final byte OCTETS = 0x04;
    /** {@code [0]} of an ECPrivateKey (RFC 5915): the curve. */
    private static final byte PARAMETERS = (byte) 0xa0;

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** AlgorithmIdentifier rsaEncryption, to wrap a PKCS#1 key as PKCS#8 (RFC 5208, RFC 8017). */
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /** Object identifier ecPublicKey (RFC 5480). */
    private static final byte[] EC_ALGORITHM = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private PemKey() {}

    /** The first private key of the file. */
    static PrivateKey read(Path file) throws GeneralSecurityException, IOException {
        List<PemBlock> blocks = PemBlock.all(file);
        PemBlock key = blocks.stream()
                .filter(block -> block.label().endsWith("PRIVATE KEY"))
                .findFirst()
                .orElseThrow(() -> new GeneralSecurityException(file + " contains no private key in PEM"));
        if (key.isEncrypted()) {
            throw new GeneralSecurityException(
                    file
                            + " contains a key that is encrypted, and no option has its password. Decrypt it with: openssl pkey");
        }
        byte[] pkcs8 =
                switch (key.label()) {
                    case "RSA PRIVATE KEY" -> wrapped(RSA_ALGORITHM, key.der());
                    case "EC PRIVATE KEY" ->
                        wrapped(element(SEQUENCE, EC_ALGORITHM, curve(file, key.der(), blocks)), key.der());
                    default -> key.der();
                };
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
        for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException otherAlgorithm) {
                // the next one may fit
            }
        }
        throw new GeneralSecurityException(file + " contains no RSA, EC or Ed25519 key");
    }

    /** The curve, which is in the key itself or in a block of its own before it. */
    private static byte[] curve(Path file, byte[] sec1, List<PemBlock> blocks) throws GeneralSecurityException {
        Optional<byte[]> inKey = parameters(ByteBuffer.wrap(sec1));
        if (inKey.isPresent()) {
            return inKey.get();
        }
        for (PemBlock block : blocks) {
            if (block.label().equals("EC PARAMETERS")) {
                return block.der();
            }
        }
        throw new GeneralSecurityException(file
                + " contains an EC key that does not name its curve. Convert it with: openssl pkcs8 -topk8 -nocrypt");
    }

    private static Optional<byte[]> parameters(ByteBuffer der) {
        if (!der.hasRemaining() || der.get() != SEQUENCE || length(der) > der.remaining()) {
            return Optional.empty();
        }
        while (der.remaining() > 1) {
            byte tag = der.get();
            int length = length(der);
            if (length < 0 || length > der.remaining()) {
                return Optional.empty();
            }
            byte[] content = new byte[length];
            der.get(content);
            if (tag == PARAMETERS) {
                return Optional.of(content);
            }
        }
        return Optional.empty();
    }

    /** The length of a DER element; -1 if it is none that a key has. */
    private static int length(ByteBuffer der) {
        int first = der.hasRemaining() ? der.get() & 0xff : 0xff;
        if (first < 0x80) {
            return first;
        }
        int bytes = first & 0x7f;
        if (bytes == 0 || bytes > 2 || bytes > der.remaining()) {
            return -1;
        }
        int length = 0;
        for (int i = 0; i < bytes; i++) {
            length = (length << 8) | (der.get() & 0xff);
        }
        return length;
    }

    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, VERSION_0, algorithm, element(OCTETS, key));
    }

    /** A DER element of definite length. */
    private static byte[] element(byte tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        // DER has one form for each length, the shortest, and the JDK insists on it
        if (content.size() > 0xff) {
            out.write(0x82);
            out.write(content.size() >> 8);
        } else if (content.size() >= 0x80) {
            out.write(0x81);
        }
        out.write(content.size());
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
