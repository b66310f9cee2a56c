package io.medusa.transfer;

import com.sun.net.httpserver.HttpServer;
import java.util.concurrent.Executors;

/** Threads that answer requests to a small HTTP server: a client that is slow, or says nothing, must not keep others waiting. */
public final class HttpThreads {
    private static final int THREADS = 4;

    static {
        // seconds for a request to arrive, and for its answer to be taken; read when the first server is made
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "60");
    }

    private HttpThreads() {}

    /** Starts a server with threads of its own, which do not keep the process alive. */
    public static void start(HttpServer server) {
        server.setExecutor(Executors.newFixedThreadPool(THREADS, runnable -> {
            Thread thread = new Thread(runnable, "http");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }
}
