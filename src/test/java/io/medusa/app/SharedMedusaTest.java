package io.medusa.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.config.ConfigReader;
import io.medusa.error.MedusaException;
import io.medusa.transfer.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedMedusaTest {
    @TempDir
    Path directory;

    private Path ini;
    private Path key;
    private final List<Opened> opened = new ArrayList<>();
    private final List<Opened> closed = new ArrayList<>();

    @BeforeEach
    void configuration() throws IOException {
        ini = directory.resolve("medusa.ini");
        key = Files.writeString(directory.resolve("key"), "first");
        Files.createDirectory(directory.resolve("store"));
        write("n1");
    }

    private void write(String fqdn) throws IOException {
        Files.writeString(
                ini,
                "[storage]\nstorage_provider = local\nbase_path = " + directory.resolve("store")
                        + "\nbucket_name = bucket\nfqdn = " + fqdn + "\nkey_file = " + key + "\n");
    }

    /** Counts what is opened and closed. */
    private SharedMedusa.Version open() {
        ConfigReader reader = new ConfigReader(Map.of());
        Opened one = new Opened(reader.read(Optional.of(ini), Map.of()), Map.of(), null);
        opened.add(one);
        return new SharedMedusa.Version(
                new Medusa(one, Progress.NONE, Optional::empty, () -> {
                    closed.add(one);
                    one.close();
                }),
                reader.version()::isCurrent);
    }

    private SharedMedusa shared() {
        return new SharedMedusa(this::open, () -> Progress.NONE);
    }

    private static Medusa call(SharedMedusa shared) {
        return shared.open(UnaryOperator.identity());
    }

    @Test
    void callsShareOneOfEachVersion() {
        try (SharedMedusa shared = shared()) {
            try (Medusa first = call(shared);
                    Medusa second = call(shared)) {
                assertThat(first.node()).isEqualTo(second.node());
            }
            try (Medusa later = call(shared)) {
                assertThat(later.allBackups()).isEmpty();
            }
            assertThat(opened).hasSize(1);
            assertThat(closed).as("it is kept for the next call").isEmpty();
        }
        assertThat(closed).isEqualTo(opened);
    }

    @Test
    void aCallKeepsItsVersionWhenTheConfigurationChangesUnderIt() throws IOException {
        try (SharedMedusa shared = shared()) {
            Medusa running = call(shared);
            Medusa alsoRunning = call(shared);
            write("another-name");
            try (Medusa next = call(shared)) {
                assertThat(next.node().value()).isEqualTo("another-name");
                assertThat(running.node().value()).isEqualTo("n1");
                assertThat(running.allBackups()).as("its store is open").isEmpty();
            }
            assertThat(opened).hasSize(2);
            running.close();
            assertThat(closed).as("a call still runs on it").isEmpty();
            alsoRunning.close();
            assertThat(closed).containsExactly(opened.get(0));
        }
        assertThat(closed).containsExactlyElementsOf(opened);
    }

    @Test
    void anUnusedVersionIsClosedAtOnce() throws IOException {
        try (SharedMedusa shared = shared()) {
            call(shared).close();
            write("another-name");
            call(shared).close();
            assertThat(closed).containsExactly(opened.get(0));
        }
    }

    @Test
    void newCredentialsAreANewVersion() throws IOException {
        try (SharedMedusa shared = shared()) {
            call(shared).close();
            Files.writeString(key, "the second one");
            call(shared).close();
            assertThat(opened).hasSize(2);
        }
    }

    @Test
    void aConfigurationThatCannotBeUsedFailsNewCallsOnly() throws IOException {
        try (SharedMedusa shared = shared()) {
            Medusa running = call(shared);
            Files.writeString(ini, "[storage]\nstorage_provider = unknown-kind\n");
            assertThatThrownBy(() -> call(shared)).isInstanceOf(MedusaException.class);
            assertThat(running.allBackups()).isEmpty();
            write("another-name");
            try (Medusa next = call(shared)) {
                assertThat(next.node().value()).isEqualTo("another-name");
            }
            running.close();
            assertThat(closed).containsExactly(opened.get(0));
        }
    }

    @Test
    void callsThatOutliveTheServiceEndFirst() {
        SharedMedusa shared = shared();
        Medusa running = call(shared);
        shared.close();
        assertThat(closed).isEmpty();
        running.close();
        assertThat(closed).isEqualTo(opened);
    }
}
