package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import java.util.List;
import java.util.function.Function;

/** The other nodes of the ring, as a node knows them. */
final class Peers {
    private Peers() {}

    /** One row for each: of {@code peers_v2}, or of {@code peers}, which is all that 3.x has. */
    static List<Row> of(CqlNode node) {
        boolean old = node.query("SELECT release_version FROM system.local", row -> String.valueOf(row.getString(0)))
                .get(0)
                .startsWith("3.");
        return node.query("SELECT * FROM system." + (old ? "peers" : "peers_v2"), Function.identity());
    }

    /** The column with the address that a peer serves clients at. */
    static String nativeAddress(Row peer) {
        return peer.getColumnDefinitions().contains("native_address") ? "native_address" : "rpc_address";
    }
}
