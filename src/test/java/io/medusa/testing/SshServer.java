package io.medusa.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;

/** An SSH server in this process that runs commands by {@code sh} on this machine, as one host of its own. */
public final class SshServer implements SshHost {
    private final org.apache.sshd.server.SshServer server;
    private final KeyPair hostKey;

    /**
     * Starts.
     *
     * @param port 0 for a free one
     * @param environment added to this process's own for the commands
     */
    public SshServer(String address, int port, PublicKey authorized, Map<String, String> environment) throws Exception {
        hostKey = newKey();
        server = org.apache.sshd.server.SshServer.setUpDefaultServer();
        server.setHost(address);
        server.setPort(port);
        server.setNioWorkers(2);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setPublickeyAuthenticator((user, key, session) -> KeyUtils.compareKeys(key, authorized));
        server.setCommandFactory((channel, command) -> new Running(command, environment));
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ofHours(1));
        server.start();
    }

    /** A new key pair of a kind that needs no provider. */
    public static KeyPair newKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    /** Writes a private key as OpenSSH does. */
    public static Path writeKey(Path file, KeyPair key, String passphrase) throws Exception {
        OpenSSHKeyEncryptionContext protection = null;
        if (passphrase != null) {
            protection = new OpenSSHKeyEncryptionContext();
            protection.setPassword(passphrase);
            protection.setCipherName("AES");
            protection.setCipherType("256");
            protection.setCipherMode("CTR");
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "test", protection, out);
        }
        return file;
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public String knownHost() {
        String host = server.getPort() == 22 ? server.getHost() : "[" + server.getHost() + "]:" + server.getPort();
        return host + " " + PublicKeyEntry.toString(hostKey.getPublic());
    }

    /** How many connections there are now. */
    public int sessions() {
        return server.getActiveSessions().size();
    }

    @Override
    public void cut() throws IOException {
        server.getActiveSessions().forEach(session -> session.close(true));
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    /** One command. It goes on when its connection is cut, as under a real server. */
    private static final class Running implements Command {
        private final String text;
        private final Map<String, String> environment;
        private InputStream in;
        private OutputStream out;
        private OutputStream err;
        private ExitCallback exit;

        Running(String text, Map<String, String> environment) {
            this.text = text;
            this.environment = environment;
        }

        @Override
        public void setInputStream(InputStream stream) {
            in = stream;
        }

        @Override
        public void setOutputStream(OutputStream stream) {
            out = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {
            err = stream;
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            exit = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment ignored) throws IOException {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", text);
            builder.environment().put("SHELL", "/bin/sh");
            builder.environment().putAll(environment);
            Process process = builder.start();
            List<Thread> pumps = List.of(
                    pump(in, process.getOutputStream(), true),
                    pump(process.getInputStream(), out, false),
                    pump(process.getErrorStream(), err, false));
            Thread waiting = new Thread(() -> {
                try {
                    int status = process.waitFor();
                    for (Thread pump : pumps.subList(1, 3)) {
                        pump.join(TimeUnit.SECONDS.toMillis(5));
                    }
                    out.flush();
                    err.flush();
                    exit.onExit(status);
                } catch (InterruptedException | IOException cut) {
                    Thread.currentThread().interrupt();
                }
            });
            waiting.setDaemon(true);
            waiting.start();
        }

        private static Thread pump(InputStream from, OutputStream to, boolean close) {
            Thread thread = new Thread(() -> {
                try {
                    byte[] buffer = new byte[8192];
                    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                        to.write(buffer, 0, n);
                        to.flush();
                    }
                    if (close) {
                        to.close();
                    }
                } catch (IOException cut) {
                    // the other side is gone
                }
            });
            thread.setDaemon(true);
            thread.start();
            return thread;
        }

        @Override
        public void destroy(ChannelSession channel) {
            // the process goes on
        }
    }
}
