package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.schema.CqlScript;
import io.medusa.schema.SchemaStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NamesAndYamlTest {
    @TempDir
    Path directory;

    private CassandraYaml yaml(String text) throws IOException {
        return CassandraYaml.read(Files.writeString(directory.resolve("cassandra.yaml"), text));
    }

    @Test
    void B28_B29_directoriesContactsAndPorts() throws IOException {
        CassandraYaml yaml = yaml("data_file_directories: [ /a, /b ]\nlocal_system_data_file_directory: /s\n"
                + "listen_address: 10.0.0.1\nrpc_address: 0.0.0.0\nbroadcast_rpc_address: 10.0.0.9\n"
                + "native_transport_port: 9999\nclient_encryption_options:\n  enabled: true\n");
        assertThat(yaml.allDataDirectories()).containsExactly(Path.of("/a"), Path.of("/b"), Path.of("/s"));
        assertThat(yaml.dataDirectoriesOf("system_schema", "tables")).containsExactly(Path.of("/s"));
        assertThat(yaml.dataDirectoriesOf("system", "local")).containsExactly(Path.of("/s"));
        assertThat(yaml.dataDirectoriesOf("system", "batches")).containsExactly(Path.of("/a"), Path.of("/b"));
        assertThat(yaml.dataDirectoriesOf("ks", "t")).containsExactly(Path.of("/a"), Path.of("/b"));
        assertThat(yaml.cqlContacts()).startsWith("10.0.0.9", "10.0.0.1").contains("127.0.0.1");
        assertThat(yaml.nativePort()).isEqualTo(9999);
        assertThat(yaml("rpc_address: 10.1.1.1\nlisten_address: 10.0.0.1\n").cqlContacts())
                .as("clients are served at rpc_address, whatever other nodes use")
                .startsWith("10.1.1.1");
        assertThat(yaml("listen_interface: lo\n").storageAddress()).contains("127.0.0.1");
        assertThat(yaml("data_file_directories: /one\n").dataDirectories()).containsExactly(Path.of("/one"));
        assertThat(yaml("cluster_name: c\n").dataDirectories())
                .as("never guessed")
                .isEmpty();
        assertThat(yaml("cluster_name: c\n").nativePort()).isEqualTo(9042);
        assertThat(yaml("client_encryption_options: { enabled: true }\n").nativePort())
                .isEqualTo(9142);
    }

    /** The defaults would be the directories of some other node, or of none, and what is there would seem to be missing. */
    @Test
    void aYamlThatSomebodyIsWritingIsNotTakenForOneOfDefaults() {
        for (String half : List.of("", "# Cassandra", "\n---\n", "cluster_na")) {
            assertThatThrownBy(() -> yaml(half))
                    .as(half)
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("is empty or holds no settings");
        }
    }

    @Test
    void badYamlIsOneClearLine() throws IOException {
        for (String text : List.of("a: [", "a: b: c", "data_file_directories: [ \"a\\0b\" ]")) {
            assertThatThrownBy(() -> yaml(text))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("cannot be used")
                    .hasMessageNotContaining("\n");
        }
        assertThatThrownBy(() -> CassandraYaml.read(directory.resolve("none")))
                .hasMessageContaining("it does not exist; set config_file in [cassandra]");
    }

    @Test
    void seedsAreHostsWithoutPortsAndBrackets() throws IOException {
        CassandraYaml yaml = yaml(
                "seed_provider:\n  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n"
                        + "    parameters:\n      - seeds: \"[0:0:0:0:0:0:0:1]:7000, [2001:DB8::1], fe80::2, 10.0.0.1:7000, host\"\n");
        assertThat(yaml.seeds()).containsExactly("::1", "2001:db8::1", "fe80::2", "10.0.0.1", "host");
    }

    @Test
    void B19_scriptsAreSplitByTheRulesOfCql() {
        String script = "CREATE TABLE ks.a (x int) WITH comment = 'it''s; -- no'; -- real; comment\n"
                + "/* ; */ CREATE FUNCTION ks.f (a int) RETURNS int LANGUAGE java AS $$ return a; // ; ' $$;\n"
                + "CREATE TYPE \"K;s\".\"a\"\"b\" (x int);;\n";
        List<String> statements = CqlScript.statements(script);
        assertThat(statements).hasSize(3);
        assertThat(statements.get(0)).endsWith("'it''s; -- no'");
        SchemaStatement type = SchemaStatement.of(statements.get(2)).orElseThrow();
        assertThat(type.keyspace()).isEqualTo("K;s");
        assertThat(type.name()).isEqualTo("a\"b");
        assertThat(CqlScript.statements("")).isEmpty();
        assertThat(CqlScript.statements("CREATE 'unclosed ; ")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE KEYSPACE Ks WITH x | KEYSPACE | ks | ks | ks",
                "create table if not exists ks.\"T\" (x int) | TABLE | ks | T | T",
                "CREATE CUSTOM INDEX i ON ks.t (x) USING 'sai' | INDEX | ks | i | t",
                "CREATE MATERIALIZED VIEW ks.v AS SELECT a FROM ks.\"Base\" WHERE a IS NOT NULL | VIEW | ks | v | Base",
                "ALTER TABLE ks.t DROP x USING TIMESTAMP 1 | ALTER_TABLE | ks | t | t",
                "CREATE TRIGGER \"tr\" ON \"ks\".\"t\" USING 'c' | TRIGGER | ks | tr | t",
                "CREATE AGGREGATE ks.s(int) SFUNC f | AGGREGATE | ks | s | s"
            })
    void statementsOfAllKinds(String cql, SchemaStatement.Kind kind, String keyspace, String name, String table) {
        SchemaStatement statement = SchemaStatement.of(cql).orElseThrow();
        assertThat(statement.kind()).isEqualTo(kind);
        assertThat(statement.keyspace()).isEqualTo(keyspace);
        assertThat(statement.name()).isEqualTo(name);
        assertThat(statement.table()).isEqualTo(table);
    }

    @Test
    void theWordsOfYaml11AreThoseThatCassandraReads() throws IOException {
        for (String word : List.of("true", "yes", "on", "Yes", "ON", "'true'")) {
            CassandraYaml yaml = yaml("client_encryption_options: {enabled: " + word + "}\n"
                    + "native_transport_port_ssl: 9_142\n"
                    + "server_encryption_options: {internode_encryption: all, legacy_ssl_storage_port_enabled: " + word
                    + "}\nssl_storage_port: 7011\n");
            assertThat(yaml.clientEncryption()).as(word).isTrue();
            assertThat(yaml.nativePort()).isEqualTo(9142);
            assertThat(yaml.storagePort()).isEqualTo(7011);
        }
        for (String word : List.of("false", "no", "off", "")) {
            assertThat(yaml("client_encryption_options:\n  enabled: " + word + "\n")
                            .clientEncryption())
                    .as(word)
                    .isFalse();
        }
    }

    @Test
    void aByteOrderMarkWindowsLineEndsAndEmptySettingsAreRead() throws IOException {
        CassandraYaml yaml = yaml("\uFEFFdata_file_directories:\r\n  - /a\r\nrpc_address: ''\r\nlisten_address:\r\n"
                + "commitlog_directory: ''\r\n");
        assertThat(yaml.dataDirectories()).containsExactly(Path.of("/a"));
        assertThat(yaml.rpcAddress()).isEmpty();
        assertThat(yaml.listenAddress()).isEmpty();
        assertThat(yaml.directories().commitLog()).isEmpty();
    }

    @Test
    void portsAreNoPartOfSeeds() throws IOException {
        assertThat(yaml("seed_provider:\n  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n"
                                + "    parameters:\n      - seeds: 'a, b:7000, 10.0.0.1:7001, ::1, [::2]:7000, [::3]'\n")
                        .seeds())
                .containsExactly("a", "b", "10.0.0.1", "::1", "::2", "::3");
    }
}
