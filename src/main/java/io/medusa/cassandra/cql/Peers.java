package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import java.util.List;
import java.util.function.Function;

/** The other nodes of the ring, as this node sees them. */
final class Peers {
    private Peers() {}

    /** One row each, from {@code peers_v2}, or from {@code peers} on 3.x. */
    static List<Row> of(CqlNode node) {
        boolean old = node.query("SELECT release_version FROM system.local", row -> String.valueOf(row.getString(0)))
                .get(0)
                .startsWith("3.");
        return node.query("SELECT * FROM system." + (old ? "peers" : "peers_v2"), Function.identity());
    }

    /** The column with a peer's address for clients. */
    static String nativeAddress(Row peer) {
        return peer.getColumnDefinitions().contains("native_address") ? "native_address" : "rpc_address";
    }
}
