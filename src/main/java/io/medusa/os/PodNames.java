package io.medusa.os;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.regex.Pattern;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/**
 * Pod names from the cluster's DNS (docs/compatibility.md 3): among all names of an address, the first label that is not the address
 * itself.
 */
public final class PodNames {
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]+");
    private static final Pattern IPV4 = Pattern.compile("([0-9]{1,3}\\.){3}[0-9]{1,3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:.*:)[0-9a-fA-F:]+");

    private PodNames() {}

    /** The name of the pod with this address, or the text itself if it is not an address or has no such name. */
    public static String resolve(String address) {
        return ADDRESS.matcher(address).matches() ? choose(pointers(address), IpAddresses.canonical(address)) : address;
    }

    /** The first label that does not look like an address. */
    static String choose(List<String> names, String otherwise) {
        return names.stream()
                .map(name -> name.contains(".") ? name.substring(0, name.indexOf('.')) : name)
                .filter(label -> !label.isEmpty()
                        && !IPV4.matcher(label.replace('-', '.')).matches()
                        && !IPV6.matcher(label.replace('-', ':')).matches())
                .findFirst()
                .orElse(otherwise);
    }

    /** Asks the name server directly, because a pod's hosts file does not contain other pods. */
    // safe: the name is made of an address, and the answer is only text
    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private static List<String> pointers(String address) {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        List<String> names = new ArrayList<>();
        try {
            InitialDirContext dns = new InitialDirContext(environment);
            try {
                Attribute answers = dns.getAttributes(pointer(InetAddress.getByName(address)), new String[] {"PTR"})
                        .get("PTR");
                if (answers != null) {
                    for (NamingEnumeration<?> each = answers.getAll(); each.hasMore(); ) {
                        names.add(String.valueOf(each.next()));
                    }
                }
            } finally {
                dns.close();
            }
        } catch (NamingException | UnknownHostException unknown) {
            return List.of();
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
