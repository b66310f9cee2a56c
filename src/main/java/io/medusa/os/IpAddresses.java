package io.medusa.os;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** IP addresses as text: version 6 as RFC 5952 writes it ({@code ::1}), so that equal addresses have equal names. */
public final class IpAddresses {
    private static final Pattern VERSION_6 = Pattern.compile("\\[?([0-9a-fA-F:]*:[0-9a-fA-F:.]*)]?");
    private static final Pattern LOOPBACK_4 = Pattern.compile("127(\\.[0-9]{1,3}){3}");
    private static final int GROUPS = 8;

    private static final Pattern VERSION_4 = Pattern.compile("([0-9]{1,3}\\.){3}[0-9]{1,3}");

    private IpAddresses() {}

    /** Whether it is an address and not a name. */
    public static boolean isAddress(String host) {
        return VERSION_4.matcher(host).matches() || VERSION_6.matcher(host).matches();
    }

    /** The text of an address, without zone. */
    public static String text(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        int[] groups = groups(address.getAddress());
        int zerosAt = -1;
        int zeros = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > zeros) {
                zerosAt = i;
                zeros = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == zerosAt) {
                text.append("::");
                i += zeros - 1;
            } else {
                if (i > 0 && i != zerosAt + zeros) {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /** Whether a host in a URL is this machine, without asking a name server: localhost, 127.0.0.0/8 or ::1. */
    public static boolean isLoopback(String host) {
        String plain = canonical(host);
        return plain.equals("localhost")
                || plain.equals("::1")
                || LOOPBACK_4.matcher(plain).matches();
    }

    /** A host as it is compared: an address of version 6, in brackets or not, as {@link #text} writes it; all else as it is. */
    public static String canonical(String host) {
        var version6 = VERSION_6.matcher(host);
        if (!version6.matches()) {
            return host;
        }
        try {
            return text(InetAddress.getByName(version6.group(1)));
        } catch (UnknownHostException none) {
            return host;
        }
    }

    private static int[] groups(byte[] bytes) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
        }
        return groups;
    }
}
