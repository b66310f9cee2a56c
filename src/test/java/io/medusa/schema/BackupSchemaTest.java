package io.medusa.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.Replication;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.model.TableScope;
import io.medusa.model.TableSelection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be asked of the schema of a backup. */
final class BackupSchemaTest {
    private static final String TEXT = """
            CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'} AND durable_writes = true;
            CREATE KEYSPACE system_auth WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};
            CREATE TYPE shop.address (street text, city text);
            CREATE TABLE shop.orders (
                id int PRIMARY KEY,
                status text,
                home frozen<address>
            ) WITH gc_grace_seconds = 3600 AND comment = 'a; CREATE TABLE shop.fake (id int PRIMARY KEY)';
            CREATE TABLE shop."Others" (id int PRIMARY KEY, n int) WITH GC_GRACE_SECONDS=864000;
            CREATE TABLE shop.hits (id int PRIMARY KEY, n counter);
            CREATE TABLE system_auth.roles (role text PRIMARY KEY) WITH gc_grace_seconds = 7776000;
            CREATE INDEX by_status ON shop.orders (status);
            CREATE CUSTOM INDEX by_home ON shop.orders (home) USING 'StorageAttachedIndex';
            CREATE CUSTOM INDEX by_sasi ON shop.orders (status) USING 'org.apache.cassandra.index.sasi.SASIIndex';
            CREATE CUSTOM INDEX by_own ON shop."Others" (n) USING 'com.example.Index';
            CREATE INDEX by_role ON system_auth.roles (role);
            CREATE MATERIALIZED VIEW shop.by_state AS SELECT * FROM shop.orders WHERE status IS NOT NULL AND id IS NOT NULL
                PRIMARY KEY (status, id);
            /*
            Warning: Table shop.thrift omitted because it has constructs not compatible with CQL.
            CREATE TABLE shop.thrift (
                key blob PRIMARY KEY
            )
            */
            """;
    private static final BackupSchema SCHEMA = BackupSchema.parse(TEXT);

    private static TableDirectory directory(String name) {
        String[] words = name.split("\\.");
        return new TableDirectory(words[0], words[1] + "-0123456789abcdef0123456789abcdef");
    }

    private static Set<String> words(String list) {
        return Arrays.stream(list.split(" ")).filter(word -> !word.isEmpty()).collect(Collectors.toSet());
    }

    @Test
    void theReplicationOfKeyspacesIsReplacedByNameOrForAll() {
        Replication two = new Replication(Map.of("dc2", 2));
        assertThat(SCHEMA.withReplications(Map.of("shop", two)).replications())
                .containsEntry("shop", two)
                .containsEntry("system_auth", new Replication(Map.of("", 1)));
        assertThat(SCHEMA.withReplications(Map.of("", two)).replications().values())
                .containsOnly(two);
        assertThat(SCHEMA.withReplications(Map.of())).isSameAs(SCHEMA);
    }

    @Test
    void theSchemaDecidesWhatABackupHas() {
        TableSelection selection =
                new TableSelection(Set.of("shop", "shp"), Set.of("shop.orders", "shop.Orders", "shop.by_state"));
        assertThat(SCHEMA.unknown(selection, List.of(), TableScope.ALL))
                .containsExactly("keyspace shp (did you mean shop?)", "table shop.Orders (did you mean shop.orders?)");
        assertThat(SCHEMA.unknown(selection, List.of(), new TableScope(List.of("shop.orders"))))
                .as("a partial backup")
                .contains("table shop.by_state");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # name,          kind,  is there
            shop.orders,     TABLE, true
            shop.Others,     TABLE, true
            shop.others,     TABLE, false
            shop.orders,     VIEW,  false
            shop.by_state,   VIEW,  true
            shop.by_state,   TABLE, false
            shop.fake,       TABLE, false
            shop.thrift,     TABLE, false
            system_auth.roles, TABLE, true
            """)
    void statements(String name, SchemaStatement.Kind kind, boolean there) {
        assertThat(SCHEMA.find(kind, directory(name)).isPresent()).isEqualTo(there);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # name,        without a definition
            shop.orders,   false
            shop.by_state, false
            # in a comment
            shop.thrift,   false
            shop.nowhere,  true
            other.orders,  true
            """)
    void undefined(String name, boolean undefined) {
        assertThat(SCHEMA.undefined(List.of(directory(name))).isEmpty()).isEqualTo(!undefined);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # tables,                 their views
            shop.orders,              shop.by_state
            shop.orders shop.Others,  shop.by_state
            shop.Others,              ''
            '',                       ''
            """)
    void views(String tables, String views) {
        assertThat(SCHEMA.viewsOf(words(tables))).isEqualTo(words(views));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # view,    its table
            by_state,  orders
            orders,
            nowhere,
            """)
    void baseOfView(String view, @Nullable String base) {
        assertThat(SCHEMA.baseOfView(new TableName("shop", view)).map(TableName::table))
                .isEqualTo(Optional.ofNullable(base));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # keyspace,   class of the index,                              is built once
            shop,         '',                                              true
            shop,         com.example.Index,                               true
            shop,         sai,                                             false
            shop,         SAI,                                             false
            shop,         StorageAttachedIndex,                            false
            shop,         org.apache.cassandra.index.sai.StorageAttachedIndex, false
            shop,         org.apache.cassandra.index.sasi.SASIIndex,       false
            shop,         com.example.SaiLike,                             true
            system_auth,  '',                                              false
            """)
    void isBuiltOnce(String keyspace, String className, boolean once) {
        assertThat(BackupSchema.isBuiltOnce(keyspace, className)).isEqualTo(once);
    }

    @Test
    void indexesThatAreBuiltOnceAreTold() {
        assertThat(SCHEMA.indexesBuiltOnce())
                .isEqualTo(Map.of("shop.orders", Set.of("by_status"), "shop.Others", Set.of("by_own")));
    }

    @Test
    void graceAndCountersAreThoseOfUsersTables() {
        assertThat(SCHEMA.grace())
                .isEqualTo(Map.of(
                        new TableName("shop", "orders"),
                        Duration.ofHours(1),
                        new TableName("shop", "Others"),
                        Duration.ofDays(10)));
        assertThat(SCHEMA.counters()).containsExactly(new TableName("shop", "hits"));
    }

    @Test
    void replicationIsReadAndReplaced() {
        Replication one = Replication.parse("{'class': 'SimpleStrategy', 'replication_factor': 1}");
        assertThat(SCHEMA.replications()).containsOnlyKeys("shop", "system_auth");
        assertThat(SCHEMA.replications().get("shop"))
                .isEqualTo(Replication.parse("{'class': 'NetworkTopologyStrategy', 'dc1': 3}"));
        BackupSchema other = SCHEMA.withReplications(Map.of("shop", one));
        assertThat(other.replications().get("shop")).isEqualTo(one);
        assertThat(other.replications().get("system_auth"))
                .isEqualTo(SCHEMA.replications().get("system_auth"));
        assertThat(other.statements()).hasSameSizeAs(SCHEMA.statements());
    }

    @Test
    void whatIsGoneLaterIsTold() {
        BackupSchema later = BackupSchema.parse(TEXT.replaceAll("(?m)^CREATE TABLE shop.hits .*$", "")
                .replace("    status text,\n", "")
                .replaceAll("(?m)^CREATE INDEX by_status .*$", "")
                .replaceAll("(?ms)^CREATE MATERIALIZED VIEW .*?;$", ""));
        assertThat(SCHEMA.droppedUntil(SCHEMA)).isEmpty();
        assertThat(SCHEMA.droppedUntil(later)).anyMatch(line -> line.equals("table shop.hits"));
        assertThat(String.join("\n", SCHEMA.droppedUntil(later)))
                .contains("by_status")
                .contains("by_state")
                .contains("status");
    }

    @Test
    void aTableWithTypesOfItsKeyspaceIsDefined() {
        TableDefinition orders = SCHEMA.definition(directory("shop.orders")).orElseThrow();
        assertThat(orders.regulars()).containsOnlyKeys("status", "home");
        assertThat(String.valueOf(orders.regulars().get("home")))
                .contains("street")
                .contains("city");
        assertThat(SCHEMA.readable(directory("shop.by_state"))).as("a view").isEmpty();
    }

    @Test
    void commentsAreParsedOnceForAllObjects() {
        BackupSchema schema = BackupSchema.parse("""
                CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};
                CREATE TABLE shop.orders (id int PRIMARY KEY, total int);
                CREATE TABLE shop.items (id int PRIMARY KEY);
                COMMENT ON TABLE shop.orders IS 'of customers';
                COMMENT ON COLUMN shop.orders.total IS 'in cents';
                """);
        SchemaStatement orders = schema.find(SchemaStatement.Kind.TABLE, new TableDirectory("shop", "orders"))
                .orElseThrow();
        List<SchemaComment> comments = schema.comments(orders);
        assertThat(comments).extracting(SchemaComment::text).containsExactly("'of customers'", "'in cents'");
        assertThat(schema.comments(orders).get(0)).isSameAs(comments.get(0));
        SchemaStatement items = schema.find(SchemaStatement.Kind.TABLE, new TableDirectory("shop", "items"))
                .orElseThrow();
        assertThat(schema.comments(items)).isEmpty();
    }
}
