package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.QueryExecutionException;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.schema.CqlScript;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A CQL session with the node of this machine only. Closing waits only briefly. */
public final class CqlNode implements AutoCloseable {
    private final CqlSession session;

    private CqlNode(CqlSession session) {
        this.session = session;
    }

    /** Connects to the first contact that answers. */
    public static CqlNode connect(CqlSettings settings) {
        MedusaException last = null;
        for (String contact : settings.contacts()) {
            try {
                return new CqlNode(open(settings, contact));
            } catch (DriverException failed) {
                last = failure(settings, contact, failed);
                if (last.kind() != FailureKind.CASSANDRA_UNREACHABLE) {
                    throw last;
                }
            }
        }
        throw last == null
                ? new MedusaException(FailureKind.CASSANDRA_UNREACHABLE, "there is no address to reach Cassandra at")
                : last;
    }

    private static CqlSession open(CqlSettings settings, String contact) {
        InetSocketAddress address = new InetSocketAddress(contact, settings.port());
        if (address.isUnresolved()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "the host name " + contact + " of cassandra.yaml has no address; is the name right?");
        }
        DriverConfigLoader config = DriverConfigLoader.programmaticBuilder()
                .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false)
                .withBoolean(DefaultDriverOption.METADATA_TOKEN_MAP_ENABLED, false)
                .withString(
                        DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS,
                        "com.datastax.oss.driver.internal.core.loadbalancing.DcInferringLoadBalancingPolicy")
                .withDuration(DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT, Duration.ofSeconds(10))
                .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(20))
                .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(20))
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(60))
                .withDuration(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, Duration.ZERO)
                .withDuration(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, Duration.ZERO)
                .withInt(DefaultDriverOption.NETTY_IO_SIZE, 1)
                .withInt(DefaultDriverOption.NETTY_ADMIN_SIZE, 1)
                .withBoolean(DefaultDriverOption.NETTY_DAEMON, true)
                .build();
        CqlSessionBuilder builder = CqlSession.builder()
                .withConfigLoader(config)
                .addContactPoint(address)
                .withNodeDistanceEvaluator((node, datacenter) -> onlyThat(address, node));
        settings.user()
                .ifPresent(user -> builder.withAuthCredentials(
                        user, settings.password().orElseThrow().reveal()));
        settings.certificates().ifPresent(files -> builder.withSslContext(files.context()));
        return builder.build();
    }

    /** Ignores every other node, so that queries of {@code system.local} reach this one. */
    private static @Nullable NodeDistance onlyThat(InetSocketAddress address, Node node) {
        return node.getEndPoint().resolve().equals(address) ? null : NodeDistance.IGNORED;
    }

    private static MedusaException failure(CqlSettings settings, String contact, DriverException failed) {
        String where = "Cassandra's CQL at " + contact + ":" + settings.port();
        Throwable cause = firstCause(failed);
        if (cause instanceof AuthenticationException) {
            return new MedusaException(
                    FailureKind.CASSANDRA_DENIED,
                    where + " refuses "
                            + settings.user().map(user -> "user " + user).orElse("a connection without user")
                            + "; check cql_username and cql_password in [cassandra]",
                    failed);
        }
        return new MedusaException(
                FailureKind.CASSANDRA_UNREACHABLE,
                where + " does not answer"
                        + (settings.caCertificates().isPresent() ? " over TLS" : "")
                        + "; is Cassandra up, is config_file in [cassandra] the node's own, and does certfile fit its"
                        + " client encryption?",
                failed);
    }

    private static Throwable firstCause(DriverException failed) {
        if (failed instanceof AllNodesFailedException all) {
            return all.getAllErrors().values().stream()
                    .flatMap(List::stream)
                    .filter(AuthenticationException.class::isInstance)
                    .findFirst()
                    .orElse(failed);
        }
        return failed;
    }

    /** The rows of a query, all of them in memory. */
    public <T> List<T> query(String cql, Function<Row, T> each) {
        try {
            return session.execute(cql).all().stream().map(each).toList();
        } catch (QueryExecutionException | DriverTimeoutException | AllNodesFailedException failed) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_UNREACHABLE,
                    "Cassandra did not complete the statement '" + abbreviated(cql) + "': " + failed.getMessage(),
                    failed);
        } catch (DriverException failed) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra refuses the statement '" + abbreviated(cql) + "': " + failed.getMessage(),
                    failed);
        }
    }

    /** The node's version of Cassandra, such as {@code 5.0.9}. */
    String releaseVersion() {
        return query("SELECT release_version FROM system.local", row -> String.valueOf(row.getString(0)))
                .get(0);
    }

    /** Executes a statement. */
    public void execute(String cql) {
        query(cql, Row::getColumnDefinitions);
    }

    /** The CREATE statement of an existing object, such as {@code INDEX "ks"."i"}. */
    String describe(String what) {
        String described = query("DESCRIBE " + what, row -> String.valueOf(row.getString("create_statement")))
                .get(0);
        return CqlScript.statements(described).get(0);
    }

    private static String abbreviated(String cql) {
        String line = cql.replaceAll("\\s+", " ");
        return line.length() > 120 ? line.substring(0, 120) + "..." : line;
    }

    @Override
    public void close() {
        session.forceCloseAsync();
    }
}
