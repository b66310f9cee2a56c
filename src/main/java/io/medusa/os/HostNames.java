package io.medusa.os;

import io.medusa.error.Failures;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Host names from the system's resolver, including the hosts file and aliases (docs/compatibility.md 3).
 *
 * <p>The JDK offers neither aliases nor names without forward confirmation, hence {@code getent}.
 */
public final class HostNames {
    private static final long TIMEOUT_SECONDS = 30;

    private HostNames() {}

    /** The fully qualified name of this machine. */
    public static String system() {
        String host = hostName();
        return resolve(addressOf(host).equals(host) ? host : addressOf(host));
    }

    /** The address of this machine by its own host name. */
    public static String address() {
        return addressOf(hostName());
    }

    /** The first address of a network interface, IPv4 before IPv6; empty if there is no such interface. */
    public static Optional<String> addressOfInterface(Optional<String> name) {
        try {
            NetworkInterface found = name.isPresent() ? NetworkInterface.getByName(name.get()) : null;
            return found == null
                    ? Optional.empty()
                    : found.inetAddresses()
                            .sorted(Comparator.comparing(address -> address.getAddress().length))
                            .map(IpAddresses::text)
                            .findFirst();
        } catch (SocketException unknown) {
            return Optional.empty();
        }
    }

    /** The address of a host name, or the name itself if it has none. */
    public static String addressOf(String host) {
        try {
            return IpAddresses.text(InetAddress.getByName(host));
        } catch (UnknownHostException unknown) {
            return host;
        }
    }

    /** Whether it is an address of this machine, other than those of the loopback interface. */
    public static boolean isOwn(String address) {
        try {
            InetAddress parsed = InetAddress.getByName(address);
            return !parsed.isLoopbackAddress() && NetworkInterface.getByInetAddress(parsed) != null;
        } catch (SocketException | UnknownHostException unknown) {
            return false;
        }
    }

    /** The first name of an address that contains a dot, otherwise its canonical name, otherwise the address itself. */
    public static String resolve(String address) {
        List<String> names = reverse(address);
        return names.stream()
                .filter(name -> name.contains("."))
                .findFirst()
                .orElse(IpAddresses.canonical(names.isEmpty() ? address : names.get(0)));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "localhost";
        }
    }

    /** Canonical name and aliases. */
    private static List<String> reverse(String address) {
        try {
            Process getent = new ProcessBuilder("getent", "hosts", address)
                    .redirectError(Redirect.DISCARD)
                    .start();
            String answer = new String(getent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (getent.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && getent.exitValue() == 0) {
                String[] words = answer.lines().findFirst().orElse("").strip().split("\\s+");
                return Arrays.asList(words).subList(Math.min(1, words.length), words.length);
            }
            getent.destroy();
            return List.of();
        } catch (IOException noGetent) {
            return byJdk(address);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    private static List<String> byJdk(String address) {
        try {
            return List.of(InetAddress.getByName(address).getCanonicalHostName());
        } catch (UnknownHostException unknown) {
            return List.of();
        }
    }
}
