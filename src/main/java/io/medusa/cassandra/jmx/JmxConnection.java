package io.medusa.cassandra.jmx;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.SmallFiles;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.rmi.server.RMIClientSocketFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects to a node's JMX for each call, since calls are minutes apart. */
// JMX is JNDI by definition; the URL is made of the configured host and port
@SuppressWarnings("BanJNDI")
final class JmxConnection {
    private static final Logger LOG = LoggerFactory.getLogger(JmxConnection.class);

    /** An open but dead port must not block a backup forever; a snapshot of thousands of tables may take long. */
    private static final Map<String, String> LIMITS = Map.of(
            "sun.rmi.transport.tcp.handshakeTimeout", "15000", "sun.rmi.transport.tcp.responseTimeout", "3600000");

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    static {
        // the JDK's client also logs to standard error what its callers get as exceptions; levels of its loggers cannot
        // be set
        for (Handler handler : java.util.logging.Logger.getLogger("").getHandlers()) {
            handler.setFilter(line -> !String.valueOf(line.getLoggerName()).startsWith("javax.management.remote"));
        }
    }

    private final JmxSettings settings;

    /** Opens no connection yet. */
    JmxConnection(JmxSettings settings) {
        this.settings = settings;
        if (settings.tls()) {
            // before the first connection, whose socket factory all later ones use
            JmxTls.install(settings.systemProperties());
        }
    }

    /** An operation on an open connection. */
    interface Call {
        @Nullable
        Object on(MBeanServerConnection server) throws JMException, IOException;
    }

    /**
     * Runs an operation.
     *
     * @param what the activity, for messages
     * @throws MedusaException of kind CASSANDRA_UNREACHABLE if there is no connection, CASSANDRA_DENIED if the user is refused, and
     *     CASSANDRA_FAILED if the operation failed once connected
     */
    @Nullable
    Object call(String what, Call call) {
        LIMITS.forEach((property, millis) -> {
            if (System.getProperty(property) == null) {
                System.setProperty(property, millis);
            }
        });
        settings.systemProperties().forEach((name, value) -> {
            if (!name.startsWith(JmxTls.PREFIX)) {
                System.setProperty(name, value);
            }
        });
        try (JMXConnector connector = connect(what)) {
            return call.on(connector.getMBeanServerConnection());
        } catch (InstanceNotFoundException notCassandra) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    what + ": what answers at " + address() + " is not a Cassandra node, or is still starting",
                    notCassandra);
        } catch (JMException | IOException failed) {
            throw failed(what, failed);
        } catch (MedusaException ours) {
            throw ours;
        } catch (RuntimeException failed) {
            throw isDenied(failed) ? denied(what, failed) : failed(what, failed);
        }
    }

    private JMXConnector connect(String what) {
        try {
            return JMXConnectorFactory.connect(url(), environment());
        } catch (IOException unreachable) {
            if (Failures.root(unreachable) instanceof SocketTimeoutException && !TOLD.getAndSet(true)) {
                LOG.warn("Cassandra's JMX at {} accepts connections but does not answer: the node may hang", address());
            }
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    what + ": Cassandra's JMX does not answer at " + address()
                            + (settings.tls() ? " over TLS" : "")
                            + ". Check that Cassandra is up, and check nodetool_host, nodetool_port and nodetool_ssl in"
                            + " [cassandra]",
                    unreachable);
        }
    }

    private static boolean isDenied(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof SecurityException) {
                return true;
            }
        }
        return false;
    }

    private MedusaException denied(String what, RuntimeException failed) {
        return new MedusaException(
                FailureKind.CASSANDRA_DENIED,
                what + ": Cassandra's JMX at " + address() + " refuses "
                        + settings.user().map(user -> "user " + user).orElse("a connection without user")
                        + "; check nodetool_username and nodetool_password in [cassandra]",
                failed);
    }

    private static MedusaException failed(String what, Throwable failed) {
        return new MedusaException(
                FailureKind.CASSANDRA_FAILED, what + " failed in Cassandra: " + rootMessage(failed), failed);
    }

    private JMXServiceURL url() throws IOException {
        String host = settings.host().contains(":") && !settings.host().startsWith("[")
                ? "[" + settings.host() + "]"
                : settings.host();
        return new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + host + ":" + settings.port() + "/jmxrmi");
    }

    private String address() {
        return settings.host() + ":" + settings.port();
    }

    private Map<String, Object> environment() throws IOException {
        Map<String, Object> environment = new HashMap<>();
        if (settings.tls()) {
            RMIClientSocketFactory factory = new SslRMIClientSocketFactory();
            environment.put("com.sun.jndi.rmi.factory.socket", factory);
        }
        if (settings.user().isPresent()) {
            String user = settings.user().get();
            String password =
                    settings.password().isPresent() ? settings.password().get().reveal() : passwordOf(user);
            environment.put(JMXConnector.CREDENTIALS, new String[] {user, password});
        }
        return environment;
    }

    private String passwordOf(String user) {
        if (settings.passwordFile().isEmpty()) {
            return "";
        }
        Path file = settings.passwordFile().get();
        try {
            List<String> lines = SmallFiles.text(file).lines().toList();
            for (String line : lines) {
                String[] words = line.strip().split("\\s+", 2);
                if (words.length == 2 && words[0].equals(user)) {
                    return words[1];
                }
            }
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "JMX password file " + file + " (nodetool_password_file_path in [cassandra]) cannot be read",
                    failed);
        }
        throw new MedusaException(
                FailureKind.CONFIG_UNREADABLE, "JMX password file " + file + " has no line for user " + user);
    }

    private static String rootMessage(Throwable failed) {
        Throwable cause = Failures.root(failed);
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
