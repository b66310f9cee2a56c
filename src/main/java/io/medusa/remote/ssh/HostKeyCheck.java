package io.medusa.remote.ssh;

import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.net.SshdSocketAddress;

/** Compares the key of a host with {@code known_hosts}, and remembers why one was refused. */
final class HostKeyCheck implements ServerKeyVerifier, SessionListener {
    /** The host as it was asked for, on the connection. */
    static final AttributeKey<String> HOST = new AttributeKey<>();

    private static final Path OF_ALL_USERS = Path.of("/etc/ssh/ssh_known_hosts");

    private final SshSettings.HostKeys policy;
    private final List<File> files = new ArrayList<>();
    private final Map<String, String> refused = new ConcurrentHashMap<>();

    HostKeyCheck(SshSettings settings) {
        this.policy = settings.hostKeys();
        files.add(new File(settings.directory().resolve("known_hosts")));
        if (Files.isReadable(OF_ALL_USERS)) {
            files.add(new File(OF_ALL_USERS));
        }
    }

    /** Why the host was refused when it was last tried, if it was. */
    Optional<String> refusal(String host) {
        return Optional.ofNullable(refused.get(host));
    }

    /** Asks a host for a key of a kind that is known, as it may have others beside it. */
    @Override
    public void sessionEstablished(Session session) {
        if (!(session instanceof ClientSession client) || policy == SshSettings.HostKeys.OFF) {
            return;
        }
        Set<String> known =
                files.stream().flatMap(file -> file.knownKinds(client).stream()).collect(Collectors.toSet());
        List<NamedFactory<Signature>> factories = new ArrayList<>(session.getSignatureFactories());
        factories.sort(
                Comparator.comparing(factory -> !known.contains(KeyUtils.getCanonicalKeyType(factory.getName()))));
        session.setSignatureFactories(factories);
    }

    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
        String host = Optional.ofNullable(session.getConnectionContext())
                .map(context -> context.getAttribute(HOST))
                .orElseGet(address::toString);
        refused.remove(host);
        if (policy == SshSettings.HostKeys.OFF) {
            return true;
        }
        Verdict verdict = Verdict.UNKNOWN;
        for (File file : files) {
            Verdict there = file.ask(session, address, key);
            if (there == Verdict.SAME) {
                return true;
            }
            if (there == Verdict.DIFFERENT) {
                verdict = there;
            }
        }
        if (verdict == Verdict.UNKNOWN && policy == SshSettings.HostKeys.ACCEPT_NEW) {
            files.get(0).add(session, address, key);
            return true;
        }
        String fingerprint = KeyUtils.getKeyType(key) + " " + KeyUtils.getFingerPrint(key);
        refused.put(
                host,
                verdict == Verdict.DIFFERENT
                        ? "its host key is not the one in " + files.get(0).path + " (now " + fingerprint
                                + "), possibly a man-in-the-middle attack. If the host was reinstalled, remove the old key"
                                + " with ssh-keygen -R"
                        : "its host key is not known (" + fingerprint
                                + "). Compare the fingerprint, then add the key to "
                                + files.get(0).path + " by connecting once with ssh, or set host_keys = accept-new in"
                                + " [ssh]");
        return false;
    }

    private enum Verdict {
        SAME,
        DIFFERENT,
        UNKNOWN
    }

    /** One {@code known_hosts}. */
    private static final class File extends KnownHostsServerKeyVerifier {
        private final Path path;
        private final ThreadLocal<Verdict> verdict = ThreadLocal.withInitial(() -> Verdict.UNKNOWN);

        File(Path path) {
            super((session, address, key) -> false, path);
            this.path = path;
        }

        Verdict ask(ClientSession session, SocketAddress address, PublicKey key) {
            verdict.set(Verdict.UNKNOWN);
            boolean known = verifyServerKey(session, address, key);
            return known ? Verdict.SAME : verdict.get();
        }

        Set<String> knownKinds(ClientSession session) {
            SocketAddress address = session.getIoSession().getRemoteAddress();
            return findKnownHostEntries(
                            session,
                            address,
                            getKnownHostSupplier(session, path).get())
                    .stream()
                    .map(pair -> KeyUtils.getKeyType(pair.getServerKey()))
                    .collect(Collectors.toSet());
        }

        @Override
        public boolean acceptModifiedServerKey(
                ClientSession session,
                SocketAddress address,
                KnownHostEntry entry,
                PublicKey expected,
                PublicKey actual) {
            verdict.set(Verdict.DIFFERENT);
            return false;
        }

        @Override
        protected void handleRevokedKey(ClientSession session, SocketAddress address, PublicKey key) {
            verdict.set(Verdict.DIFFERENT);
        }

        @Override
        protected java.util.Collection<SshdSocketAddress> resolveHostNetworkIdentities(
                ClientSession session, SocketAddress address) {
            List<SshdSocketAddress> names = new ArrayList<>(super.resolveHostNetworkIdentities(session, address));
            Optional.ofNullable(session.getConnectionContext())
                    .map(context -> context.getAttribute(HOST))
                    .map(host -> new SshdSocketAddress(
                            host, SshdSocketAddress.toSshdSocketAddress(address).getPort()))
                    .filter(named -> !names.contains(named))
                    .ifPresent(names::add);
            return names;
        }

        synchronized void add(ClientSession session, SocketAddress address, PublicKey key) {
            try {
                updateKnownHostsFile(session, address, key, path, List.of());
            } catch (Exception failed) {
                // all that the library declares
                handleKnownHostsFileUpdateFailure(session, address, key, path, List.of(), failed);
            }
        }
    }
}
