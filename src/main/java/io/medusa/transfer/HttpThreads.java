package io.medusa.transfer;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** Small HTTP servers and their threads. A slow or silent client does not block the others. */
public final class HttpThreads {
    private static final int THREADS = 32;

    static {
        // seconds for a request to arrive, and for its answer to be taken; read when the first server is made
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "60");
    }

    private HttpThreads() {}

    /** An HTTP server, not yet started. */
    public static HttpServer plain(InetSocketAddress socket) throws IOException {
        return HttpServer.create(socket, 0);
    }

    /** An HTTPS server, not yet configured and not yet started. */
    public static HttpsServer secure(InetSocketAddress socket) throws IOException {
        return HttpsServer.create(socket, 0);
    }

    /** Starts a server with its own daemon threads. */
    public static void start(HttpServer server) {
        server.setExecutor(Executors.newFixedThreadPool(THREADS, runnable -> {
            Thread thread = new Thread(runnable, "http");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }
}
