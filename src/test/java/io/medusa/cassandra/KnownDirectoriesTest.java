package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.testing.FakeCassandraService;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that cassandra.yaml does not name are found or refused, never guessed. */
final class KnownDirectoriesTest {
    @TempDir
    Path directory;

    private Path home;
    private Path conf;

    @BeforeEach
    void installation() throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
        conf = Files.createDirectories(home.resolve("conf"));
    }

    private void storage(Path storage) throws IOException {
        Files.createDirectories(storage.resolve("data/ks"));
        for (String name : List.of("data", "commitlog", "saved_caches", "hints")) {
            Files.createDirectories(storage.resolve(name));
        }
    }

    private CassandraYaml yaml(String text) throws IOException {
        return CassandraYaml.read(Files.writeString(conf.resolve("cassandra.yaml"), text));
    }

    private CassandraYaml namingDataOnly(Path storage) throws IOException {
        return yaml("data_file_directories: [ \"" + storage.resolve("data") + "\" ]\n");
    }

    private static CassandraYaml of(CassandraYaml yaml, CassandraService service) {
        return KnownDirectories.of(yaml, service, Map.of());
    }

    private static void isIn(CassandraYaml known, Path storage) {
        assertThat(known.commitLogDirectory()).isEqualTo(storage.resolve("commitlog"));
        assertThat(known.savedCachesDirectory()).isEqualTo(storage.resolve("saved_caches"));
        assertThat(known.hintsDirectory()).isEqualTo(storage.resolve("hints"));
    }

    @Test
    void anUnnamedCommitLogOfAStoppedNodeIsRefusedNotGuessed() throws IOException {
        Files.createDirectories(directory.resolve("elsewhere/data/ks"));
        CassandraYaml known = of(namingDataOnly(directory.resolve("elsewhere")), FakeCassandraService.down());
        assertThatThrownBy(known::commitLogDirectory)
                .hasMessageContaining("cannot tell where Cassandra keeps its commitlog_directory")
                .hasMessageContaining("Set commitlog_directory in " + conf.resolve("cassandra.yaml"));
        assertThatThrownBy(known::hintsDirectory).hasMessageContaining("Set hints_directory");
        assertThat(of(yaml("cluster_name: c\n"), FakeCassandraService.down()).dataDirectories())
                .isEmpty();
        assertThat(yaml("commitlog_directory: relative/log\n").directories().commitLog())
                .as("depends on where Cassandra was started")
                .isEmpty();
    }

    @Test
    void anUnnamedJournalOfAccordIsFoundOrRefused() throws IOException {
        Path storage = Files.createDirectories(directory.resolve("storage"));
        String named = "data_file_directories: [ \"/d\" ]\ncommitlog_directory: /c\nsaved_caches_directory: /s\n"
                + "hints_directory: /h\naccord:\n  enabled: true\n";
        CassandraYaml unknown = of(yaml(named), FakeCassandraService.down());
        assertThat(unknown.isComplete()).isFalse();
        assertThatThrownBy(unknown::accordJournal).hasMessageContaining("Set accord.journal_directory in ");
        assertThat(yaml(named).below(storage).accordJournal()).contains(storage.resolve("accord_journal"));
        assertThat(yaml(named.replace("true", "false")).below(storage).accordJournal())
                .isEmpty();
    }

    @Test
    void hintsOfARunningNodeAreThoseOfItsOwnStorageDirectory() throws IOException {
        Path storage = Path.of("/srv/cassandra");
        CassandraYaml known = of(
                namingDataOnly(storage),
                FakeCassandraService.up()
                        .says(new CassandraService.Locations(
                                Set.of(storage.resolve("data")),
                                Path.of("/fast/log"),
                                storage.resolve("saved_caches"),
                                Optional.of(storage))));
        assertThat(known.commitLogDirectory()).isEqualTo(Path.of("/fast/log"));
        assertThat(known.hintsDirectory()).isEqualTo(storage.resolve("hints"));
    }

    @Test
    void theCommandLineOfAProcessWithoutJmxTells() throws IOException {
        Path storage = Path.of("/srv/cassandra");
        isIn(of(namingDataOnly(storage), FakeCassandraService.up().showsStorage(storage)), storage);
    }

    @Test
    void whatARunningNodeSaidIsRememberedForTheDayItIsDown() throws IOException {
        Path data = Files.createDirectories(directory.resolve("disk/data"));
        CassandraYaml yaml = namingDataOnly(data.getParent());
        CassandraService.Identity identity = new CassandraService.Identity(
                "id", List.of(BigInteger.TEN), "5.0.9", Optional.of(Path.of("/var/log/cassandra")));
        KnownDirectories.remember(
                yaml,
                FakeCassandraService.up()
                        .says(new CassandraService.Locations(
                                Set.of(data), Path.of("/fast/log"), Path.of("/x/caches"), Optional.of(Path.of("/x"))))
                        .says(identity));
        CassandraYaml known = of(yaml, FakeCassandraService.down());
        assertThat(known.commitLogDirectory()).isEqualTo(Path.of("/fast/log"));
        assertThat(known.hintsDirectory()).isEqualTo(Path.of("/x/hints"));
        assertThat(NodeMemory.of(known).flatMap(NodeMemory::read).orElseThrow().identity())
                .isEqualTo(identity);
        assertThat(NodeVersion.of(yaml, FakeCassandraService.down(), Map.of())).contains("5.0.9");
        CassandraYaml named = yaml("data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: /named\n");
        assertThat(of(named, FakeCassandraService.down()).commitLogDirectory()).isEqualTo(Path.of("/named"));
        Files.writeString(data.resolve(".medusa/node.json"), "{ half");
        assertThatThrownBy(() -> of(yaml, FakeCassandraService.down()).commitLogDirectory())
                .hasMessageContaining("cannot tell");
    }

    @Test
    void aTarballsDefaultIsBelievedOnlyIfItsDataIsThere() throws IOException {
        Path storage = home.resolve("data");
        storage(storage);
        isIn(of(namingDataOnly(storage), FakeCassandraService.down()), storage);
        Path other = directory.resolve("other-disk");
        storage(other);
        assertThat(of(namingDataOnly(other), FakeCassandraService.down()).isComplete())
                .as("the log of another node may be in %s", storage)
                .isFalse();
    }

    @Test
    void anEmptyNodesDirectoriesNeedNotExistYet() throws IOException {
        Path storage = home.resolve("data");
        Files.createDirectories(storage.resolve("data"));
        isIn(of(namingDataOnly(storage), FakeCassandraService.down()), storage);
        Files.createDirectories(storage.resolve("data/ks"));
        assertThat(of(namingDataOnly(storage), FakeCassandraService.down()).isComplete())
                .as("a node that ran has a commit log somewhere")
                .isFalse();
    }

    @Test
    void optionsAndStartScriptsAreReadAndCommentsAreNot() throws IOException {
        Path storage = directory.resolve("by-options");
        storage(storage);
        Path data = directory.resolve("far-away/data");
        Files.createDirectories(data.resolve("ks"));
        CassandraYaml yaml = yaml("data_file_directories: [ \"" + data + "\" ]\n");
        Files.writeString(conf.resolve("jvm-server.options"), "#-Dcassandra.storagedir=" + storage + "\n");
        assertThat(of(yaml, FakeCassandraService.down()).isComplete()).isFalse();
        Files.writeString(
                conf.resolve("cassandra-env.sh"), "JVM_OPTS=\"$JVM_OPTS -Dcassandra.storagedir=" + storage + "\"\n");
        isIn(of(yaml, FakeCassandraService.down()), storage);
        Path second = directory.resolve("second");
        storage(second);
        Files.writeString(conf.resolve("jvm-server.options"), "-Dcassandra.storagedir=" + second + "\n");
        assertThat(of(yaml, FakeCassandraService.down()).isComplete())
                .as("two answers are none")
                .isFalse();
        Files.delete(conf.resolve("jvm-server.options"));
        Files.delete(conf.resolve("cassandra-env.sh"));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(
                home.resolve("bin/cassandra.in.sh"), "cassandra_storagedir=\"$CASSANDRA_HOME/../by-options\"\n");
        isIn(of(namingDataOnly(storage), FakeCassandraService.down()), home.resolve("../by-options"));
    }

    @Test
    void theVersionOfAStoppedNodeIsThatOfItsJar() throws IOException {
        Files.createDirectories(home.resolve("lib"));
        Files.createFile(home.resolve("lib/apache-cassandra-4.1.10.jar"));
        Files.createFile(home.resolve("lib/apache-cassandra-thrift.jar"));
        assertThat(NodeVersion.of(namingDataOnly(home), FakeCassandraService.down(), Map.of()))
                .contains("4.1.10");
    }
}
