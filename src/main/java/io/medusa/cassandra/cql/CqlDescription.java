package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.ColumnDefinition;
import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Release;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import io.medusa.os.IpAddresses;
import io.medusa.schema.Cql;
import io.medusa.schema.SchemaText;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads from a node everything that a backup contains besides data. */
public final class CqlDescription {
    private final CqlNode node;
    private final Function<String, String> nameOf;
    private final Function<String, String> nameElsewhere;

    /**
     * @param nameOf the name in the bucket of a node of this datacenter, from its address
     * @param nameElsewhere the same for other datacenters, which backups do not name
     */
    public CqlDescription(CqlNode node, Function<String, String> nameOf, Function<String, String> nameElsewhere) {
        this.node = node;
        this.nameOf = nameOf;
        this.nameElsewhere = nameElsewhere;
    }

    /** Schema, token map of the local datacenter, versions and tables. */
    public NodeDescription read() {
        Row local =
                node.query("SELECT * FROM system.local", Function.identity()).get(0);
        ServerVersion version = new ServerVersion(
                local.getColumnDefinitions().contains("dse_version") ? "dse" : "cassandra",
                Objects.requireNonNullElse(local.getString("release_version"), "unknown"));
        if (version.releaseVersion().matches("[0-2]\\..*")) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "this is Cassandra " + version.releaseVersion() + "; version 3.0 or newer is needed");
        }
        List<String> triggers = node.query(
                "SELECT keyspace_name, table_name, trigger_name, options FROM system_schema.triggers",
                CqlDescription::trigger);
        List<SchemaText.Row> rows;
        List<SchemaText.Row> withInternals;
        if (Release.isBefore4(version.releaseVersion())) {
            SystemSchema schema = new SystemSchema(this::schemaRows);
            rows = schema.withoutInternals().rows();
            withInternals = schema.rows();
        } else {
            rows = describe("DESCRIBE FULL SCHEMA");
            withInternals = describe("DESCRIBE FULL SCHEMA WITH INTERNALS");
        }
        checkPartitioner(String.valueOf(local.getString("partitioner")));
        TokenMap ring = ring(local, version);
        BackupMetadata metadata = new BackupMetadata(
                SchemaText.shared(rows, triggers),
                SchemaText.full(withInternals, triggers),
                inDatacenter(ring, local.getString("data_center")),
                version);
        Set<TableDirectory> tables = CqlSchema.tables(node);
        return new NodeDescription(
                metadata,
                Objects.requireNonNull(local.getUuid("host_id")),
                tables,
                ring,
                String.valueOf(local.getString("partitioner")),
                Optional.ofNullable(local.getUuid("schema_version")),
                builtIndexes(tables));
    }

    /** The tokens of the old order-preserving partitioners are bytes or text, which a token map cannot hold. */
    static void checkPartitioner(String className) {
        String name = className.substring(className.lastIndexOf('.') + 1);
        if (!name.equals("Murmur3Partitioner") && !name.equals("RandomPartitioner")) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "this cluster uses " + name
                            + ". Only Murmur3Partitioner and RandomPartitioner are supported, whose tokens are numbers");
        }
    }

    /** An index is in {@code IndexInfo} once its build ends, and not while it is rebuilt. */
    private Map<TableDirectory, Set<String>> builtIndexes(Set<TableDirectory> tables) {
        Set<String> built = Set.copyOf(node.query(
                // the column has the name of the keyspace
                "SELECT table_name, index_name FROM system.\"IndexInfo\"",
                row -> row.getString("table_name") + "." + row.getString("index_name")));
        Map<String, TableDirectory> byName = new HashMap<>();
        tables.forEach(table -> byName.put(table.qualifiedName(), table));
        Map<TableDirectory, Set<String>> indexes = new HashMap<>();
        for (Row row : node.query(
                "SELECT keyspace_name, table_name, index_name FROM system_schema.indexes", Function.identity())) {
            String keyspace = row.getString("keyspace_name");
            String index = String.valueOf(row.getString("index_name"));
            TableDirectory table = byName.get(keyspace + "." + row.getString("table_name"));
            if (table != null) {
                Set<String> ofTable = indexes.computeIfAbsent(table, absent -> new TreeSet<>());
                if (built.contains(keyspace + "." + index)) {
                    ofTable.add(index);
                }
            }
        }
        return indexes;
    }

    private List<SchemaText.Row> describe(String statement) {
        return node.query(
                statement,
                row -> new SchemaText.Row(
                        String.valueOf(row.getString("keyspace_name")),
                        String.valueOf(row.getString("type")),
                        String.valueOf(row.getString("create_statement"))));
    }

    /** All rows of a table of {@code system_schema}, by column. */
    private List<Map<String, Object>> schemaRows(String table) {
        return node.query("SELECT * FROM system_schema." + table, row -> {
            Map<String, Object> values = new HashMap<>();
            for (ColumnDefinition column : row.getColumnDefinitions()) {
                Object value = row.getObject(column.getName());
                if (value != null) {
                    values.put(column.getName().asInternal(), value);
                }
            }
            return values;
        });
    }

    private static String trigger(Row row) {
        Map<String, String> options = row.getMap("options", String.class, String.class);
        return "CREATE TRIGGER " + Cql.quoted(String.valueOf(row.getString("trigger_name"))) + " ON "
                + Cql.quoted(String.valueOf(row.getString("keyspace_name")))
                + "." + Cql.quoted(String.valueOf(row.getString("table_name"))) + " USING '"
                + (options == null ? "" : options.getOrDefault("class", "").replace("'", "''")) + "';";
    }

    /** The token map of a backup covers one datacenter, as other readers expect (docs/compatibility.md 3). */
    private static TokenMap inDatacenter(TokenMap ring, @Nullable String datacenter) {
        return ring.in(Set.of(String.valueOf(datacenter)));
    }

    private TokenMap ring(Row local, ServerVersion version) {
        TreeMap<String, TokenMap.Node> byAddress = new TreeMap<>();
        byAddress.put(address(local, "rpc_address", "broadcast_address"), ringNode(local, Boolean.TRUE));
        Peers.of(node, String.valueOf(local.getString("release_version"))).stream()
                .filter(peer -> !tokens(peer).isEmpty())
                .forEach(peer -> byAddress.put(address(peer, Peers.nativeAddress(peer), "peer"), ringNode(peer, null)));
        Map<NodeName, TokenMap.Node> nodes = new java.util.LinkedHashMap<>();
        String datacenter = local.getString("data_center");
        byAddress.forEach((address, ringNode) -> {
            Function<String, String> names = Objects.equals(ringNode.datacenter(), datacenter) ? nameOf : nameElsewhere;
            nodes.put(new NodeName(names.apply(address)), ringNode);
        });
        return new TokenMap(nodes, Set.of(), Release.keepsMetadataLog(version) ? epoch() : OptionalLong.empty());
    }

    /** The newest entry of the node's log of the cluster's metadata, which is sorted from the newest to the oldest. */
    private OptionalLong epoch() {
        return node.query("SELECT epoch FROM system.local_metadata_log LIMIT 1", row -> row.getLong("epoch")).stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    private static TokenMap.Node ringNode(Row row, @Nullable Boolean up) {
        return new TokenMap.Node(tokens(row), false, up, row.getString("rack"), row.getString("data_center"));
    }

    /** Sorted as text, which other readers of the token map depend on. */
    private static List<BigInteger> tokens(Row row) {
        Collection<String> tokens = row.getSet("tokens", String.class);
        return tokens == null
                ? List.of()
                : new TreeSet<>(tokens).stream().map(BigInteger::new).toList();
    }

    /** The address that clients use, unless it is a wildcard. */
    private static String address(Row row, String preferred, String otherwise) {
        InetAddress address = row.getInetAddress(preferred);
        if (address == null || address.isAnyLocalAddress()) {
            address = row.getInetAddress(otherwise);
        }
        return IpAddresses.text(Objects.requireNonNull(address, "a node without address"));
    }
}
