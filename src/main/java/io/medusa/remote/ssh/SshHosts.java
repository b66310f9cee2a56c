package io.medusa.remote.ssh;

import io.medusa.error.Failures;
import io.medusa.remote.CommandResult;
import io.medusa.remote.RemoteHosts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.config.hosts.DefaultConfigFileHostEntryResolver;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.channel.PtyChannelConfiguration;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hosts over SSH. Connecting is tried twice; what a command does is never repeated here. */
public final class SshHosts implements RemoteHosts {
    private static final Logger LOG = LoggerFactory.getLogger(SshHosts.class);
    private static final Duration CONNECT = Duration.ofSeconds(15);
    private static final Duration LOGIN = Duration.ofSeconds(20);
    private static final Duration BEFORE_SECOND_TRY = Duration.ofSeconds(1);
    private static final int SSH_PORT = 22;
    private static final int IO_THREADS = 2;
    private static final int IO_BUFFER = 16 * 1024;
    /** Keep-alives without an answer after which a connection is taken for dead. */
    private static final int SILENT = 3;

    private static final int KEPT_OUTPUT = 64 * 1024;
    /** Connections that nobody uses and that stay open for the next command. */
    private static final int MOST_IDLE = 512;

    private final SshSettings settings;
    private final HostKeyCheck hostKeys;
    private final HostConfigEntryResolver userConfig;
    private final Map<String, Connection> connections = new HashMap<>();
    private int idle;
    private @Nullable SshClient client;

    /** Nothing is connected before the first command. */
    public SshHosts(SshSettings settings) {
        this.settings = settings;
        this.hostKeys = new HostKeyCheck(settings);
        this.userConfig =
                new DefaultConfigFileHostEntryResolver(settings.directory().resolve("config"), false);
    }

    /** The one connection to a host, with as many commands on it as are asked for at once. */
    private static final class Connection {
        private @Nullable ClientSession session;
        private int users;
    }

    @Override
    public CommandResult run(String host, String command, byte[] input) {
        Connection connection = borrow(host);
        try {
            return execute(session(host, connection), command, input);
        } catch (Unreachable failed) {
            return CommandResult.unreachable(explain(host, failed.why));
        } catch (IOException failed) {
            return CommandResult.lost(explain(host, failed));
        } finally {
            giveBack(host, connection);
        }
    }

    /** There was no connection to send anything over. */
    private static final class Unreachable extends IOException {
        private static final long serialVersionUID = 1;
        private final IOException why;

        Unreachable(IOException why) {
            super(why);
            this.why = why;
        }
    }

    private synchronized Connection borrow(String host) {
        Connection connection = connections.computeIfAbsent(host, absent -> new Connection());
        if (connection.users++ == 0 && connection.session != null) {
            idle--;
        }
        return connection;
    }

    private void giveBack(String host, Connection connection) {
        ClientSession unwanted = null;
        synchronized (this) {
            if (--connection.users == 0) {
                ClientSession session = connection.session;
                if (session != null && session.isOpen() && idle < MOST_IDLE && client != null) {
                    idle++;
                } else {
                    connections.remove(host, connection);
                    unwanted = session;
                }
            }
        }
        if (unwanted != null) {
            unwanted.close(true);
        }
    }

    private ClientSession session(String host, Connection connection) throws Unreachable {
        synchronized (connection) {
            ClientSession session = connection.session;
            if (session != null && session.isOpen()) {
                return session;
            }
            try {
                HostConfigEntry entry = entry(host);
                session = login(openTwice(host, entry), entry);
            } catch (IOException failed) {
                throw new Unreachable(failed);
            }
            connection.session = session;
            return session;
        }
    }

    private ClientSession openTwice(String host, HostConfigEntry entry) throws IOException {
        try {
            return open(host, entry);
        } catch (IOException failed) {
            LOG.debug("Connecting to {} failed and is tried again", host, failed);
            Failures.pause(BEFORE_SECOND_TRY);
            return open(host, entry);
        }
    }

    private ClientSession open(String host, HostConfigEntry entry) throws IOException {
        AttributeRepository context = AttributeRepository.ofKeyValuePair(HostKeyCheck.HOST, host);
        try {
            return started().connect(entry, context, null).verify(CONNECT).getClientSession();
        } catch (IOException | RuntimeException failed) {
            throw interruptedOr(failed);
        }
    }

    private ClientSession login(ClientSession session, HostConfigEntry entry) throws IOException {
        try {
            Identities.named(entry.getIdentities(), settings.agent().isPresent())
                    .forEach(session::addPublicKeyIdentity);
            session.auth().verify(LOGIN);
            return session;
        } catch (IOException | RuntimeException failed) {
            session.close(true);
            throw interruptedOr(failed);
        }
    }

    /** What the settings say, and for what they leave open the user's own {@code ~/.ssh/config}. */
    private HostConfigEntry entry(String host) throws IOException {
        String user = settings.user().orElse("");
        HostConfigEntry found =
                userConfig.resolveEffectiveHost(host, settings.port().orElse(0), null, user, "", null);
        HostConfigEntry entry = new HostConfigEntry();
        if (found != null) {
            entry.collate(found);
        }
        entry.setHost(host);
        if (isEmpty(entry.getHostName())) {
            entry.setHostName(host);
        }
        settings.port().ifPresent(entry::setPort);
        if (entry.getPort() <= 0) {
            entry.setPort(SSH_PORT);
        }
        settings.user().ifPresent(entry::setUsername);
        if (isEmpty(entry.getUsername())) {
            entry.setUsername(System.getProperty("user.name"));
        }
        return entry;
    }

    private static boolean isEmpty(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    private synchronized SshClient started() {
        SshClient running = client;
        if (running == null) {
            running = SshClient.setUpDefaultClient();
            running.setServerKeyVerifier(hostKeys);
            running.addSessionListener(hostKeys);
            running.setHostConfigEntryResolver(userConfig);
            List<KeyPair> keys = Identities.of(settings);
            running.setKeyIdentityProvider(KeyIdentityProvider.wrapKeyPairs(keys));
            SshClient configured = running;
            settings.agent().ifPresent(socket -> configured.setAgentFactory(AgentSocket.factory(socket)));
            running.setKeyExchangeFactories(slowestLast(running));
            running.setNioWorkers(IO_THREADS);
            CoreModuleProperties.NIO2_READ_BUFFER_SIZE.set(running, IO_BUFFER);
            CoreModuleProperties.IO_CONNECT_TIMEOUT.set(running, CONNECT);
            if (!settings.keepAlive().isZero()) {
                CoreModuleProperties.HEARTBEAT_INTERVAL.set(running, settings.keepAlive());
                CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(running, SILENT);
            }
            running.start();
            client = running;
        }
        return running;
    }

    /** A thousand connections are set up by this machine alone: what takes it most is offered last. */
    private static List<KeyExchangeFactory> slowestLast(SshClient client) {
        return client.getKeyExchangeFactories().stream()
                .sorted(Comparator.comparing(factory -> factory.getName().startsWith("sntrup")))
                .toList();
    }

    private CommandResult execute(ClientSession session, String command, byte[] input) throws IOException {
        OutputTail output = new OutputTail(KEPT_OUTPUT);
        OutputTail errors = new OutputTail(KEPT_OUTPUT);
        ChannelExec channel =
                session.createExecChannel(command, settings.usePty() ? new PtyChannelConfiguration() : null, Map.of());
        try {
            channel.setUsePty(settings.usePty());
            channel.setOut(output);
            channel.setErr(errors);
            channel.open().verify(LOGIN);
            // not setIn, which has a thread for each command
            try (OutputStream in = channel.getInvertedIn()) {
                in.write(input);
            }
            // not waitFor, which goes on when it is interrupted
            CountDownLatch closed = new CountDownLatch(1);
            channel.addCloseFutureListener(future -> closed.countDown());
            closed.await();
            Integer status = channel.getExitStatus();
            if (status != null) {
                return CommandResult.ended(status, output.text(), errors.text());
            }
            if (channel.getExitSignal() != null) {
                return CommandResult.lost("the command was killed by signal " + channel.getExitSignal());
            }
            return CommandResult.lost("connection lost while the command was running");
        } catch (InterruptedException interrupted) {
            throw interruptedOr(interrupted);
        } catch (RuntimeException failed) {
            throw interruptedOr(failed);
        } finally {
            // at once: the other side closes only when its command ends
            channel.close(true);
        }
    }

    /** MINA wraps an interruption as whatever it was doing. */
    private static IOException interruptedOr(Exception failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException || cause instanceof InterruptedIOException) {
                Thread.currentThread().interrupt();
                throw Failures.interrupted(new InterruptedException());
            }
        }
        if (failed instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return (IOException) failed;
    }

    private String explain(String host, IOException failed) {
        Optional<String> refusal = hostKeys.refusal(host);
        if (refusal.isPresent()) {
            return "SSH to " + host + ": " + refusal.get();
        }
        String message = String.valueOf(Failures.root(failed).getMessage());
        if (message.contains("No more authentication methods")) {
            return "SSH to " + host + ": user "
                    + settings.user().orElse(System.getProperty("user.name"))
                    + " was rejected. Check username and key_file in [ssh], and authorized_keys on the host";
        }
        return "SSH to " + host + ": " + message;
    }

    @Override
    public void close() {
        SshClient running;
        synchronized (this) {
            running = client;
            client = null;
            connections.clear();
            idle = 0;
        }
        if (running != null) {
            running.close(true);
        }
    }
}
