package io.medusa.remote.ssh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How hosts are reached. What is left out comes from the user's {@code ~/.ssh/config}, then from SSH's own defaults.
 *
 * @param keyFile private key, instead of those that are usual
 * @param certificateFile OpenSSH certificate of that key
 * @param usePty whether commands get a terminal
 * @param keepAlive how often a silent connection is asked whether it lives; zero for never
 * @param hostKeys what happens with hosts that nobody has vouched for
 * @param directory the user's {@code .ssh}
 * @param agent socket of a running agent
 */
public record SshSettings(
        Optional<String> user,
        OptionalInt port,
        Optional<Path> keyFile,
        Optional<Path> certificateFile,
        boolean usePty,
        Duration keepAlive,
        HostKeys hostKeys,
        Path directory,
        Optional<Path> agent) {
    /** What happens with the key of a host that is in no {@code known_hosts}. A key that has changed is never accepted. */
    public enum HostKeys {
        /** The host is refused. */
        STRICT,
        /** The key is written down, and expected from then on. */
        ACCEPT_NEW,
        /** Nothing is checked. */
        OFF
    }
}
