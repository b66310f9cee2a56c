package io.medusa.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ServerSocketFactory;

/** An HTTP proxy on loopback that passes requests on to one server, or spoils them as a script says. One request a connection. */
public final class FaultProxy implements AutoCloseable {
    /** What happens to a request. */
    public enum Fault {
        NONE,
        /** 30 ms later. */
        LATENCY,
        /** 503 SlowDown, with Retry-After. */
        SLOW_DOWN,
        /** 500. */
        INTERNAL_ERROR,
        /** The request is done, but the connection is reset instead of an answer. */
        RESET,
        /** The connection is reset before the request is done. */
        RESET_BEFORE,
        /** The answer ends in its middle. */
        TRUNCATE,
        /** One bit of the request's body is another. */
        FLIP_REQUEST,
        /** One bit of the answer's body is another. */
        FLIP_ANSWER,
        /** No answer ever. */
        STALL,
        /** The answer to requests of a machine whose clock is wrong. */
        SKEWED,
        /** The answer to requests for which a right is missing. */
        DENIED
    }

    /** A request as the script sees it. */
    public record Request(String method, String path, int number, long length, String head) {
        /** The value of a header, or nothing. */
        public Optional<String> header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        }
    }

    private final ServerSocket listener;
    private final int target;
    private final ExecutorService threads = Executors.newCachedThreadPool(runnable -> {
        Thread thread = new Thread(runnable, "fault-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Function<Request, Fault> script;

    public FaultProxy(int target, Function<Request, Fault> script) {
        this(target, ServerSocketFactory.getDefault(), script);
    }

    /** One that speaks TLS, or whatever else the sockets speak. */
    public FaultProxy(int target, ServerSocketFactory sockets, Function<Request, Fault> script) {
        this.target = target;
        this.script = script;
        try {
            listener = sockets.createServerSocket(0, 200, InetAddress.getByName("127.0.0.1"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        threads.execute(this::accept);
    }

    public void script(Function<Request, Fault> other) {
        script = other;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** How many requests there have been. */
    public int requests() {
        return requests.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            byte[] head = head(in);
            String text = new String(head, StandardCharsets.ISO_8859_1);
            String[] words = text.substring(0, text.indexOf('\r')).split(" ");
            long length = length(text);
            Fault fault = script.apply(new Request(words[0], words[1], requests.incrementAndGet(), length, text));
            if (fault == Fault.RESET_BEFORE) {
                reset(client);
                return;
            }
            if (fault == Fault.SLOW_DOWN) {
                skip(in, length);
                answer(client, "503 Slow Down", "SlowDown", "");
                return;
            }
            if (fault == Fault.INTERNAL_ERROR) {
                skip(in, length);
                answer(client, "500 Internal Server Error", "InternalError", "");
                return;
            }
            if (fault == Fault.DENIED) {
                skip(in, length);
                answer(client, "403 Forbidden", "AccessDenied", "");
                return;
            }
            if (fault == Fault.SKEWED) {
                skip(in, length);
                answer(client, "403 Forbidden", "RequestTimeTooSkewed", "");
                return;
            }
            pass(client, head, length, fault);
        } catch (IOException | InterruptedException gone) {
            // one side has gone away, which is what a proxy lives with
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket client, byte[] head, long length, Fault fault) throws IOException, InterruptedException {
        if (fault == Fault.LATENCY) {
            Thread.sleep(30);
        }
        try (Socket server = new Socket()) {
            server.connect(new InetSocketAddress("127.0.0.1", target));
            OutputStream out = server.getOutputStream();
            out.write(closing(head));
            copy(client.getInputStream(), out, length, fault == Fault.FLIP_REQUEST ? length / 2 : -1);
            out.flush();
            InputStream back = server.getInputStream();
            byte[] answer = head(back);
            if (fault == Fault.RESET) {
                reset(client);
                return;
            }
            if (fault == Fault.STALL) {
                Thread.sleep(60_000);
                return;
            }
            OutputStream to = client.getOutputStream();
            long expected = length(new String(answer, StandardCharsets.ISO_8859_1));
            to.write(closing(answer));
            if (fault == Fault.TRUNCATE && expected > 0) {
                copy(back, to, expected / 2, -1);
                to.flush();
                return;
            }
            copy(back, to, Long.MAX_VALUE, fault == Fault.FLIP_ANSWER ? Math.max(0, expected / 2) : -1);
            to.flush();
        }
    }

    private static void reset(Socket client) throws SocketException {
        client.setSoLinger(true, 0);
    }

    private static void answer(Socket client, String status, String code, String header) throws IOException {
        String body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code
                + "</Code><Message>test</Message></Error>";
        client.getOutputStream()
                .write(("HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nConnection: close\r\n" + header
                                + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
    }

    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
        return head.toByteArray();
    }

    private static long length(String head) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        return 0;
    }

    private static byte[] closing(byte[] head) {
        StringBuilder changed = new StringBuilder();
        for (String line : new String(head, StandardCharsets.ISO_8859_1).split("\r\n")) {
            if (!line.toLowerCase(Locale.ROOT).startsWith("connection:")) {
                changed.append(line).append("\r\n");
            }
        }
        return changed.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void skip(InputStream in, long length) throws IOException {
        in.skipNBytes(length);
    }

    /** @param flipped the byte of which one bit is changed; -1 for none */
    private static void copy(InputStream in, OutputStream out, long length, long flipped) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        long done = 0;
        while (done < length) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
            if (read < 0) {
                return;
            }
            if (flipped >= done && flipped < done + read) {
                buffer[(int) (flipped - done)] ^= 4;
            }
            out.write(buffer, 0, read);
            done += read;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
