package io.medusa.transfer;

import com.sun.net.httpserver.HttpServer;
import java.util.concurrent.Executors;

/** Threads that answer requests to a small HTTP server: a client that is slow, or says nothing, must not keep others waiting. */
public final class HttpThreads {
    private static final int THREADS = 32;

    private HttpThreads() {}

    /** Has servers give up on clients that are slow; before the first server is made, which reads it. */
    public static void limitTimes() {
        // seconds for a request to arrive, and for its answer to be taken
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "60");
    }

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
