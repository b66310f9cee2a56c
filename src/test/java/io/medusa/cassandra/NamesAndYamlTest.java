package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.cql.CqlScript;
import io.medusa.cassandra.cql.SchemaStatement;
import io.medusa.error.MedusaException;
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

    @ParameterizedTest
    @CsvSource({
        "nb-12-big-Data.db,nb-12-big,Data.db,true",
        "ma-1-big-Statistics.db,ma-1-big,Statistics.db,false",
        "da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db,da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti,Rows.db,true",
        "oa-2-big-SAI+aa+idx-name+Meta.db,oa-2-big,SAI+aa+idx-name+Meta.db,false",
        "nb-1-big-Digest.crc32,nb-1-big,Digest.crc32,true",
        "nb-1-big-Summary.db,nb-1-big,Summary.db,false",
        "nb-1-big-Filter.db,nb-1-big,Filter.db,false",
        "nb-1-big-TOC.txt,nb-1-big,TOC.txt,false",
        "la-1-big-Digest.adler32,la-1-big,Digest.adler32,false",
        "shop-orders-ka-7-Data.db,shop-orders-ka-7,Data.db,true",
        "shop-orders.by_status-jb-7-Digest.sha1,shop-orders.by_status-jb-7,Digest.sha1,false",
        "ma-1-big-SI_by_name.db,ma-1-big,SI_by_name.db,false",
        "bb-1-bti-SAI_by_name_TermsData.db,bb-1-bti,SAI_by_name_TermsData.db,false"
    })
    void componentsOfAllFormats(String file, String sstable, String component, boolean covered) {
        assertThat(SSTableName.isComponent(file)).isTrue();
        assertThat(SSTableName.isComponent(".by_status/" + file)).isTrue();
        SSTableName name = SSTableName.parse(file).orElseThrow();
        assertThat(name.sstable()).isEqualTo(sstable);
        assertThat(name.component()).isEqualTo(component);
        assertThat(name.isCoveredByDigest()).isEqualTo(covered);
    }

    @Test
    void otherFilesAreNoComponents() {
        for (String file : List.of("manifest.json", "Data.db", "nb-1-big", "backup.log", "")) {
            assertThat(SSTableName.parse(file)).as(file).isEmpty();
        }
    }

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
}
