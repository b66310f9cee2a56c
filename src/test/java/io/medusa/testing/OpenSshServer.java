package io.medusa.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.PublicKeyEntry;

/** OpenSSH's own server on a port of its own; the variable {@code MEDUSA_OPENSSH} names the program. */
public final class OpenSshServer implements SshHost {
    private final String address;
    private final int port;
    private final KeyPair hostKey;
    private final Process process;

    /** Starts. */
    public OpenSshServer(Path directory, String address, int port, PublicKey authorized, String path, String temporary)
            throws Exception {
        this.address = address;
        this.port = port;
        this.hostKey = SshServer.newKey();
        Files.createDirectories(directory);
        Files.createDirectories(Path.of("/run/sshd"));
        Path key = SshServer.writeKey(directory.resolve("host_key"), hostKey, null);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Path authorizedKeys = directory.resolve("authorized_keys");
        Files.writeString(authorizedKeys, PublicKeyEntry.toString(authorized) + "\n");
        Path config = directory.resolve("sshd_config");
        Files.write(
                config,
                List.of(
                        "ListenAddress " + address,
                        "Port " + port,
                        "HostKey " + key,
                        "AuthorizedKeysFile " + authorizedKeys,
                        "StrictModes no",
                        "UsePAM no",
                        "PermitRootLogin yes",
                        "PidFile none",
                        "SetEnv PATH=" + path + " NODE_TMP=" + temporary));
        process = new ProcessBuilder(program(), "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        awaitPort(directory);
    }

    /** Where the program is, or nothing if tests are to use a server of their own. */
    public static String program() {
        String program = System.getenv("MEDUSA_OPENSSH");
        return program == null || program.isEmpty() ? null : program;
    }

    private void awaitPort(Path directory) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), 1000);
                return;
            } catch (IOException notYet) {
                if (System.nanoTime() > end || !process.isAlive()) {
                    throw new AssertionError(Files.readString(directory.resolve("sshd.log")), notYet);
                }
                Thread.sleep(50);
            }
        }
    }

    @Override
    public String knownHost() {
        return "[" + address + "]:" + port + " " + PublicKeyEntry.toString(hostKey.getPublic());
    }

    @Override
    public void cut() {
        // one process a connection; what was started over it goes on
        process.toHandle().children().forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() throws InterruptedException {
        cut();
        process.destroy();
        process.waitFor();
    }
}
