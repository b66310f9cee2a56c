package io.medusa.remote.ssh;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.SmallFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The private keys that this user may show to hosts. One that is protected by a passphrase is left to the agent. */
final class Identities {
    private static final Logger LOG = LoggerFactory.getLogger(Identities.class);
    private static final List<String> USUAL = List.of("id_ed25519", "id_ecdsa", "id_rsa");

    private Identities() {}

    /** The keys of the settings; without any, those that are usual. A certificate comes before its key. */
    static List<KeyPair> of(SshSettings settings) {
        List<KeyPair> keys = new ArrayList<>();
        if (settings.keyFile().isPresent()) {
            Path file = settings.keyFile().get();
            if (!Files.isReadable(file)) {
                throw new MedusaException(
                        FailureKind.CONFIG_UNREADABLE,
                        "SSH key " + file
                                + " (--ssh-key-file, or key_file in [ssh]) cannot be read. Check that it exists and is readable");
            }
            keys.addAll(read(file, settings.agent().isPresent()));
            settings.certificateFile().ifPresent(certificate -> keys.addAll(0, certified(certificate, keys)));
            return keys;
        }
        for (String name : USUAL) {
            Path file = settings.directory().resolve(name);
            if (Files.isReadable(file)) {
                keys.addAll(0, ofUser(file, settings.agent().isPresent()));
            }
        }
        settings.certificateFile().ifPresent(certificate -> keys.addAll(0, certified(certificate, keys)));
        return keys;
    }

    /** Keys that {@code ~/.ssh/config} names for one host; one that is not there is passed over, as ssh does. */
    static List<KeyPair> named(Iterable<String> files, boolean agent) {
        List<KeyPair> keys = new ArrayList<>();
        for (String file : files) {
            Path path = Path.of(file.replaceFirst("^~(?=/)", System.getProperty("user.home")));
            if (Files.isReadable(path)) {
                keys.addAll(ofUser(path, agent));
            }
        }
        return keys;
    }

    private static List<KeyPair> ofUser(Path file, boolean agent) {
        List<KeyPair> keys = new ArrayList<>(read(file, agent));
        Path certificate = file.resolveSibling(file.getFileName() + "-cert.pub");
        if (Files.isReadable(certificate)) {
            keys.addAll(0, certified(certificate, keys));
        }
        return keys;
    }

    private static List<KeyPair> read(Path file, boolean agent) {
        boolean[] asked = {false};
        FilePasswordProvider nobody = (session, resource, index) -> {
            asked[0] = true;
            return null;
        };
        try (InputStream in = new ByteArrayInputStream(SmallFiles.bytes(file))) {
            List<KeyPair> keys = new ArrayList<>();
            Iterable<KeyPair> found =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName("key"), in, nobody);
            if (found != null) {
                found.forEach(keys::add);
            }
            if (keys.isEmpty() && !asked[0]) {
                throw new MedusaException(FailureKind.CONFIG_UNREADABLE, file + " contains no SSH private key");
            }
            return keys;
        } catch (IOException | GeneralSecurityException | RuntimeException failed) {
            if (asked[0]) {
                if (!agent) {
                    throw new MedusaException(
                            FailureKind.CONFIG_UNREADABLE,
                            "SSH key " + file + " has a passphrase: load it into an agent with ssh-add, and run medusa"
                                    + " where SSH_AUTH_SOCK names that agent",
                            failed);
                }
                LOG.debug("{} has a passphrase and is left to the agent", file);
                return List.of();
            }
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "SSH key " + file + " cannot be read: " + failed.getMessage(),
                    failed);
        }
    }

    private static List<KeyPair> certified(Path certificate, List<KeyPair> keys) {
        try {
            PublicKey signed = PublicKeyEntry.parsePublicKeyEntry(
                            SmallFiles.text(certificate).strip())
                    .resolvePublicKey(null, null, null);
            return keys.stream()
                    .map(key -> new KeyPair(signed, key.getPrivate()))
                    .limit(1)
                    .toList();
        } catch (IOException | GeneralSecurityException | RuntimeException failed) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "SSH certificate " + certificate + " cannot be read: "
                            + Optional.ofNullable(failed.getMessage()).orElse(failed.toString()),
                    failed);
        }
    }
}
