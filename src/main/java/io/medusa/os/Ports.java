package io.medusa.os;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Looks whether something listens. */
public final class Ports {
    private static final int CONNECT_MILLIS = 3000;

    private Ports() {}

    /** Whether the port of the host takes connections now. */
    public static boolean isOpen(String host, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }
}
