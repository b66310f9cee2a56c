package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/** Ports of this machine and of others. */
public final class Ports {
    private static final int CONNECT_MILLIS = 3000;

    private Ports() {}

    /**
     * The socket address to listen on.
     *
     * @param address an address of this machine; empty for all of them
     * @param option the option that holds the address, for messages
     */
    public static InetSocketAddress listening(Optional<String> address, int port, String option) {
        InetSocketAddress socket =
                address.map(host -> new InetSocketAddress(host, port)).orElseGet(() -> new InetSocketAddress(port));
        if (socket.isUnresolved()) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    option + " is '" + address.orElse("") + "', which is not an address of this machine");
        }
        return socket;
    }

    /** Whether the port accepts connections. */
    public static boolean isOpen(String host, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }
}
