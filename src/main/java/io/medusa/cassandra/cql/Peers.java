package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.Release;
import java.util.List;
import java.util.function.Function;

/** The other nodes of the ring, as this node sees them. */
final class Peers {
    private Peers() {}

    /** One row each, from {@code peers_v2}, or from {@code peers} on 3.x. */
    static List<Row> of(CqlNode node) {
        return of(node, node.releaseVersion());
    }

    /** The same for a node whose version is known. */
    static List<Row> of(CqlNode node, String version) {
        String table = Release.isBefore4(version) ? "peers" : "peers_v2";
        return node.query("SELECT * FROM system." + table, Function.identity());
    }

    /** The column with a peer's address for clients. */
    static String nativeAddress(Row peer) {
        return peer.getColumnDefinitions().contains("native_address") ? "native_address" : "rpc_address";
    }
}
