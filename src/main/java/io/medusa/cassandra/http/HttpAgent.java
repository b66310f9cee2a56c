package io.medusa.cassandra.http;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.IpAddresses;
import io.medusa.os.PemFiles;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** Sends requests to an HTTP agent of Cassandra. Each request has its own client, since they are minutes apart. */
final class HttpAgent {
    private static final Duration CONNECT = Duration.ofSeconds(15);
    /** A snapshot of thousands of tables may take long. */
    private static final Duration ANSWER = Duration.ofHours(1);

    private static final int SHOWN = 300;

    private final URI url;
    private final PemFiles tls;

    /** @param tls for {@code https}; without a CA, Java's trusted CAs apply */
    HttpAgent(URI url, PemFiles tls) {
        this.url = url;
        this.tls = tls;
    }

    /** The agent's response. */
    record Answer(int status, String body) {
        boolean isOk() {
            return status == 200;
        }
    }

    /** Sends JSON. */
    Answer post(String json, String what) {
        return send(
                HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json)),
                what);
    }

    /** @param query is appended to the URL */
    Answer delete(String query, String what) {
        return send(HttpRequest.newBuilder(URI.create(url + "?" + query)).DELETE(), what);
    }

    private Answer send(HttpRequest.Builder request, String what) {
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        if (url.getScheme().equals("https")) {
            // an agent's certificate rarely names the address by which the pod reaches itself
            client.sslContext(IpAddresses.isLoopback(url.getHost()) ? tls.contextForAnyName() : tls.context());
        }
        try {
            HttpResponse<String> answer =
                    client.build().send(request.timeout(ANSWER).build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.body());
        } catch (ConnectException unreachable) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    what + ": nobody answers at " + where() + "; see cassandra_url in [kubernetes]",
                    unreachable);
        } catch (SSLException failed) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    what + ": no TLS connection to " + where() + ": " + failed.getMessage()
                            + "; see ca_cert, tls_cert and tls_key in [kubernetes]",
                    failed);
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    what + ": " + where() + " does not answer: "
                            + (failed.getMessage() == null ? failed : failed.getMessage()),
                    failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    /** The URL without a possible password. */
    private String where() {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    }

    /** The failure for a status other than 200. */
    MedusaException failed(String what, Answer answer, String why) {
        String text = why.strip().replaceAll("\\s+", " ");
        return new MedusaException(
                FailureKind.CASSANDRA_FAILED,
                what + ": " + where() + " answered " + answer.status()
                        + (text.isEmpty() ? "" : ": " + text.substring(0, Math.min(SHOWN, text.length()))));
    }
}
