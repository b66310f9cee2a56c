package io.medusa.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.remote.ssh.SshHosts;
import io.medusa.remote.ssh.SshSettings;
import io.medusa.remote.ssh.SshSettings.HostKeys;
import io.medusa.testing.Await;
import io.medusa.testing.RealNode;
import io.medusa.testing.SshServer;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands over SSH, on a server in this process. */
final class SshHostsTest {
    private static final byte[] NOTHING = new byte[0];

    @TempDir
    Path directory;

    private KeyPair key;
    private Path keyFile;
    private SshServer server;

    @BeforeEach
    void host() throws Exception {
        key = SshServer.newKey();
        keyFile = SshServer.writeKey(directory.resolve("id"), key, null);
        server = new SshServer("127.0.0.1", 0, key.getPublic(), Map.of("OF_HOST", "yes"));
        Files.writeString(directory.resolve("known_hosts"), server.knownHost() + "\n");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private SshSettings settings(OptionalInt port, Optional<Path> file, HostKeys hostKeys) {
        return new SshSettings(
                Optional.of("operator"),
                port,
                file,
                Optional.empty(),
                false,
                Duration.ofSeconds(60),
                hostKeys,
                directory,
                Optional.empty());
    }

    private CommandResult run(SshSettings settings, String command, byte[] input) {
        try (SshHosts hosts = new SshHosts(settings)) {
            return hosts.run("127.0.0.1", command, input);
        }
    }

    private SshSettings usual() {
        return settings(OptionalInt.of(server.port()), Optional.of(keyFile), HostKeys.STRICT);
    }

    @Test
    void outputErrorsInputAndStatusComeBack() {
        CommandResult result = run(
                usual(), "cat; echo \"$OF_HOST\"; echo trouble >&2; exit 7", "in\n".getBytes(StandardCharsets.UTF_8));
        assertThat(result).isEqualTo(CommandResult.ended(7, "in\nyes\n", "trouble\n"));
    }

    @Test
    void aTalkativeCommandCostsNoMemory() {
        CommandResult result = run(usual(), "seq 1 300000", NOTHING);
        assertThat(result.isSuccess()).isTrue();
        assertThat(result.output()).hasSizeLessThanOrEqualTo(64 * 1024).endsWith("299999\n300000\n");
        assertThat(result.output().lines().findFirst().orElseThrow()).matches("2[0-9]{5}");
    }

    @Test
    void connectionsAreUsedAgain() {
        try (SshHosts hosts = new SshHosts(usual())) {
            hosts.run("127.0.0.1", "true", NOTHING);
            long began = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThat(hosts.run("127.0.0.1", "true", NOTHING).isSuccess()).isTrue();
            }
            assertThat(server.sessions()).isEqualTo(1);
            assertThat(began).isPositive();
        }
    }

    @Test
    void whatIsQuotedArrivesAsItIs() {
        String nasty = "a'b \"c\" $HOME `id` \\ * ;\n;";
        String command = "printf %s " + Shell.quoted(nasty);
        assertThat(run(usual(), command, NOTHING).output()).isEqualTo(nasty);
        assertThat(run(usual(), new Shell(false, true).wrap(command), NOTHING).output())
                .isEqualTo(nasty);
        assertThat(new Shell(true, false).wrap("echo 'x'")).isEqualTo("sudo -S $SHELL -c 'echo '\\''x'\\'''");
        assertThat(Shell.quoted("/etc/medusa/medusa.ini")).isEqualTo("/etc/medusa/medusa.ini");
    }

    @Test
    void S3_anUnknownHostIsRefusedAndTheMessageSaysHowToAcceptIt() throws Exception {
        Files.writeString(directory.resolve("known_hosts"), "");
        CommandResult result = run(usual(), "true", NOTHING);
        assertThat(result.wasSent()).isFalse();
        assertThat(result.errors())
                .contains("its host key is not known (ecdsa-sha2-nistp256 SHA256:")
                .contains("host_keys = accept-new");
        assertThat(Files.readString(directory.resolve("known_hosts"))).isEmpty();
    }

    @Test
    void S3_aChangedHostKeyIsRefusedEvenWhereNewOnesAreAccepted() throws Exception {
        String other = new SshServer("127.0.0.1", 0, key.getPublic(), Map.of())
                .knownHost()
                .replaceFirst("^\\S+", "[127.0.0.1]:" + server.port());
        Files.writeString(directory.resolve("known_hosts"), other + "\n");
        CommandResult result = run(
                settings(OptionalInt.of(server.port()), Optional.of(keyFile), HostKeys.ACCEPT_NEW), "true", NOTHING);
        assertThat(result.errors()).contains("is not the one in").contains("ssh-keygen -R");
        assertThat(Files.readString(directory.resolve("known_hosts"))).isEqualTo(other + "\n");
    }

    @Test
    void aNewHostKeyIsWrittenDownWhereThatIsAllowed() throws Exception {
        Files.writeString(directory.resolve("known_hosts"), "");
        SshSettings accepting = settings(OptionalInt.of(server.port()), Optional.of(keyFile), HostKeys.ACCEPT_NEW);
        assertThat(run(accepting, "true", NOTHING).isSuccess()).isTrue();
        assertThat(run(usual(), "true", NOTHING).isSuccess())
                .as("strict, from then on")
                .isTrue();
    }

    @Test
    void theUsersOwnConfigIsHonoured() throws Exception {
        Files.writeString(
                directory.resolve("config"),
                "Host db1\n  HostName 127.0.0.1\n  Port " + server.port() + "\n  IdentityFile " + keyFile + "\n");
        try (SshHosts hosts = new SshHosts(settings(OptionalInt.empty(), Optional.empty(), HostKeys.STRICT))) {
            assertThat(hosts.run("db1", "echo there", NOTHING)).isEqualTo(CommandResult.ended(0, "there\n", ""));
        }
    }

    @Test
    void aKeyWithPassphraseIsLeftToAnAgent() throws Exception {
        Path locked = SshServer.writeKey(directory.resolve("locked"), key, "secret words");
        assertThatThrownBy(() -> run(
                        settings(OptionalInt.of(server.port()), Optional.of(locked), HostKeys.STRICT), "true", NOTHING))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("has a passphrase: load it into an agent with ssh-add");
    }

    @Test
    void aWrongKeyIsAnAnswer() throws Exception {
        Path other = SshServer.writeKey(directory.resolve("other"), SshServer.newKey(), null);
        CommandResult result =
                run(settings(OptionalInt.of(server.port()), Optional.of(other), HostKeys.STRICT), "true", NOTHING);
        assertThat(result.errors()).contains("user operator was rejected").contains("authorized_keys");
    }

    @Test
    void aHostThatIsNotThereIsAnAnswer() throws Exception {
        int free = RealNode.freePort();
        CommandResult result =
                run(settings(OptionalInt.of(free), Optional.of(keyFile), HostKeys.STRICT), "true", NOTHING);
        assertThat(result.wasSent()).isFalse();
        assertThat(result.errors()).contains("127.0.0.1").contains("refused");
    }

    @Test
    void aPortThatNeverAnswersDoesNotHangForEver() throws Exception {
        try (ServerSocket silent = new ServerSocket(0)) {
            CompletableFuture<CommandResult> result = CompletableFuture.supplyAsync(() -> run(
                    settings(OptionalInt.of(silent.getLocalPort()), Optional.of(keyFile), HostKeys.STRICT),
                    "true",
                    NOTHING));
            assertThat(result.get(90, TimeUnit.SECONDS).wasSent()).isFalse();
        }
    }

    @Test
    void aConnectionThatIsCutIsAnAnswerAndTheCommandGoesOn() throws Exception {
        Path begun = directory.resolve("begun");
        Path end = directory.resolve("end");
        Path done = directory.resolve("done");
        try (SshHosts hosts = new SshHosts(usual())) {
            CompletableFuture<CommandResult> result = CompletableFuture.supplyAsync(() -> hosts.run(
                    "127.0.0.1",
                    "touch " + begun + "; while [ ! -e " + end + " ]; do sleep 0.1; done; touch " + done,
                    NOTHING));
            Await.file(begun);
            server.cut();
            assertThat(result.get(3, TimeUnit.MINUTES).wasSent()).isTrue();
            assertThat(result.get().exitStatus()).isEmpty();
            Files.createFile(end);
            assertThat(hosts.run("127.0.0.1", "while [ ! -e " + done + " ]; do sleep 0.1; done", NOTHING)
                            .isSuccess())
                    .isTrue();
        }
    }

    @Test
    void anInterruptionEndsTheWaitingAtOnce() throws Exception {
        Path begun = directory.resolve("begun");
        Path end = directory.resolve("end");
        String command = "touch " + begun + "; while [ -e " + begun + " ] && [ ! -e " + end + " ]; do sleep 0.1; done";
        try (SshHosts hosts = new SshHosts(usual())) {
            CompletableFuture<String> failure = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    failure.complete("ended by itself: " + hosts.run("127.0.0.1", command, NOTHING));
                } catch (MedusaException interrupted) {
                    failure.complete(interrupted.getMessage());
                }
            });
            waiting.start();
            Await.file(begun);
            waiting.interrupt();
            assertThat(failure.get(3, TimeUnit.MINUTES)).contains("nterrupted");
            Files.createFile(end);
            assertThat(hosts.run("127.0.0.1", "echo again", NOTHING).output()).isEqualTo("again\n");
        }
    }
}
