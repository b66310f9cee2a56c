package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pod names from the cluster's DNS (docs/compatibility.md 3): among all names of an address, the first label that is not the address
 * itself.
 */
public final class PodNames {
    private static final Logger LOG = LoggerFactory.getLogger(PodNames.class);

    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]+");
    private static final Pattern IPV4 = Pattern.compile("([0-9]{1,3}\\.){3}[0-9]{1,3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:.*:)[0-9a-fA-F:]+");

    private static final int TRIES = 6;
    private static final int TRIES_FOR_PEERS = 3;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final String server;
    private final Duration pause;
    private final int tries;

    /**
     * @param server the name server as a URL; empty for those of the system
     * @param pause the time between two attempts
     */
    PodNames(String server, Duration pause, int tries) {
        this.server = server;
        this.pause = pause;
        this.tries = tries;
    }

    /**
     * The name of the pod with this address; the text itself if it is not an address, or if all names of the pod are addresses. The
     * record of a pod that has just started may be missing for some seconds, so the look-up is repeated.
     *
     * @throws MedusaException if the name server does not answer or has no name: an address must not become a node's name by accident
     */
    public static String resolve(String address) {
        return new PodNames("", PAUSE, TRIES).nameOf(address);
    }

    /**
     * The same for another pod of the ring. A pod that is down may have no name, and must not keep the others from being backed up: then
     * it is its address, with a warning.
     *
     * @param own an address of this pod
     * @throws MedusaException if this pod has no name either, so that the DNS is at fault
     */
    public static String resolvePeer(String address, String own) {
        return new PodNames("", PAUSE, TRIES_FOR_PEERS).nameOfPeer(address, own);
    }

    String nameOfPeer(String address, String own) {
        try {
            return nameOf(address);
        } catch (MedusaException failed) {
            if (!IpAddresses.isAddress(own)) {
                throw failed;
            }
            nameOf(own);
            LOG.warn(
                    "The pod with the address {} has no name in the cluster's DNS, probably because it is down: the token map"
                            + " names it by its address",
                    address);
            return IpAddresses.canonical(address);
        }
    }

    /** The same, looked up once; the address if that fails. */
    public static String resolveOrKeep(String address) {
        try {
            return new PodNames("", Duration.ZERO, 1).nameOf(address);
        } catch (MedusaException unknown) {
            return IpAddresses.canonical(address);
        }
    }

    String nameOf(String address) {
        InetAddress parsed;
        try {
            if (!ADDRESS.matcher(address).matches()) {
                return address;
            }
            parsed = InetAddress.getByName(address);
        } catch (UnknownHostException notAnAddress) {
            return address;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return choose(pointers(parsed), IpAddresses.canonical(address)).orElseThrow(NameNotFoundException::new);
            } catch (NamingException failed) {
                if (attempt == tries) {
                    throw new MedusaException(
                            FailureKind.TIMEOUT,
                            "cannot determine the name of the pod with the address " + address + ": the cluster's DNS "
                                    + (failed instanceof NameNotFoundException
                                            ? "has no PTR record of it with the pod's name. Check that a headless"
                                                    + " Service with publishNotReadyAddresses covers the pod"
                                            : "does not answer. Check the DNS, then retry"),
                            failed);
                }
                Failures.pause(pause);
            }
        }
    }

    /**
     * The first label that does not look like an address.
     *
     * @param address that was asked for, in its canonical form; returned if all labels are addresses
     * @return nothing if the only other names are those that clouds make of addresses, such as {@code ip-10-2-1-8}
     */
    static Optional<String> choose(List<String> names, String address) {
        List<String> labels = names.stream()
                .map(name -> name.contains(".") ? name.substring(0, name.indexOf('.')) : name)
                .filter(label -> !label.isEmpty()
                        && !IPV4.matcher(label.replace('-', '.')).matches()
                        && !IPV6.matcher(label.replace('-', ':')).matches())
                .toList();
        String dashed = address.replace('.', '-').replace(':', '-');
        return labels.isEmpty()
                ? Optional.of(address)
                : labels.stream().filter(label -> !label.contains(dashed)).findFirst();
    }

    /** Asks the name server directly, because a pod's hosts file does not contain other pods. */
    // safe: the name is made of an address, and the answer is only text
    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private List<String> pointers(InetAddress address) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        // milliseconds; each attempt waits twice as long as the one before
        environment.put("com.sun.jndi.dns.timeout.initial", "500");
        environment.put("com.sun.jndi.dns.timeout.retries", "3");
        if (!server.isEmpty()) {
            environment.put(Context.PROVIDER_URL, server);
        }
        List<String> names = new ArrayList<>();
        InitialDirContext dns = new InitialDirContext(environment);
        try {
            Attribute answers =
                    dns.getAttributes(pointer(address), new String[] {"PTR"}).get("PTR");
            if (answers == null) {
                throw new NameNotFoundException("no PTR record");
            }
            for (NamingEnumeration<?> each = answers.getAll(); each.hasMore(); ) {
                names.add(String.valueOf(each.next()));
            }
        } finally {
            dns.close();
        }
        return names;
    }

    /** The name for reverse look-ups of an address (RFC 1035 3.5, RFC 3596 2.5). */
    static String pointer(InetAddress address) {
        byte[] bytes = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            int value = bytes[i] & 0xff;
            if (address instanceof Inet4Address) {
                name.append(value).append('.');
            } else {
                name.append(Integer.toHexString(value & 0xf))
                        .append('.')
                        .append(Integer.toHexString(value >> 4))
                        .append('.');
            }
        }
        return name.append(address instanceof Inet4Address ? "in-addr.arpa" : "ip6.arpa")
                .toString();
    }
}
