package io.medusa.cluster.grpc;

import io.grpc.StatusRuntimeException;
import io.medusa.error.Failures;
import java.net.ConnectException;
import java.security.cert.CertPathBuilderException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Translates the libraries' reasons for a failed call into one line for people. */
public final class Reasons {
    private static final Pattern NETTY = Pattern.compile("^\\S*\\(\\.\\.\\) failed with error\\(-?[0-9]+\\): ");
    private static final int LONGEST = 200;

    private Reasons() {}

    /** The reason, with a hint if there is one. */
    public static String of(StatusRuntimeException failed) {
        Throwable root = Failures.root(failed);
        String text = root == failed || root.getMessage() == null
                ? Optional.ofNullable(failed.getStatus().getDescription())
                        .orElse(failed.getStatus().getCode().name())
                : root.getMessage();
        return reason(root, text);
    }

    /** The reason of a socket error, without the library's decoration. */
    public static String plain(String text) {
        String line = NETTY.matcher(text.lines().findFirst().orElse("")).replaceFirst("");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }

    private static String reason(Throwable root, String text) {
        if (root instanceof ConnectException) {
            return plain(text) + "; does medusa server run there?";
        }
        if (root instanceof CertPathBuilderException) {
            return plain(text) + ". Check that its certificate was issued by the CA in ca_cert in [grpc]";
        }
        if (text.contains("TLSV1_ALERT") || text.contains("SSLV3_ALERT") || text.contains("certificate_")) {
            return "it rejected this host's certificate. Check that tls_cert in [grpc] was issued by the CA in its ca_cert";
        }
        if (text.contains("No name matching") || text.contains("No subject alternative")) {
            return plain(text) + " in its certificate. Set tls_server_name in [grpc] to the name that it has";
        }
        if (text.contains("not an SSL/TLS record")
                || text.contains("ALPN")
                || text.contains("closed for unknown reason")
                || text.contains("First received frame was not SETTINGS")) {
            return "it does not answer as a service of Medusa; check port in [grpc], and that both sides have tls_cert, or neither"
                    + " has";
        }
        if (text.contains("timed out") || text.contains("deadline exceeded")) {
            return "no answer in time; does the host run, or does something keep the port from it?";
        }
        return plain(text);
    }
}
