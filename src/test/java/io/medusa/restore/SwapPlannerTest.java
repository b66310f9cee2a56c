package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SwapPlannerTest {
    private static final TableDirectory IN_BACKUP = new TableDirectory("ks", "a-" + "1".repeat(32));
    private static final TableDirectory YOUNGER = new TableDirectory("ks", "b-" + "2".repeat(32));
    private static final TableDirectory TRACES = new TableDirectory("system_traces", "events-" + "3".repeat(32));

    @TempDir
    Path directory;

    private CassandraYaml yaml;
    private Path data;

    @BeforeEach
    void node() throws IOException {
        data = directory.resolve("data");
        for (TableDirectory table : List.of(IN_BACKUP, YOUNGER, TRACES)) {
            Files.createDirectories(data.resolve(table.toString()));
        }
        Files.createDirectories(data.resolve("system/_paxos_repair_state"));
        Files.createDirectories(data.resolve(".medusa/snapshots"));
        yaml = CassandraYaml.read(Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: /c\nsaved_caches_directory: /s\n"
                        + "hints_directory: /h\n"));
    }

    private SwapPlan plan(boolean everything, boolean inOneStep, boolean drained) {
        ManifestEntry entry = new ManifestEntry("n/data/" + IN_BACKUP + "/nb-1-big-Data.db", 1, null);
        SwapPlanner plan = new SwapPlanner(yaml, everything, false);
        return plan.of(
                plan.tables(
                        List.of(new ManifestSection(IN_BACKUP, List.of(entry))),
                        Map.of(),
                        List.of(new Placed(entry, data, IN_BACKUP, ""))),
                inOneStep,
                drained,
                "");
    }

    @Test
    void D21_aWholeRestoreTakesAwayWhatTheBackupDoesNotKnowAndCachesAndHints() {
        SwapPlan plan = plan(true, false, true);
        assertThat(plan.swaps())
                .containsExactlyInAnyOrder(
                        new DirectorySwap(data, IN_BACKUP, true), new DirectorySwap(data, YOUNGER, false));
        assertThat(plan.cleared()).containsExactly(Path.of("/c"), Path.of("/s"), Path.of("/h"));
        assertThat(plan.guarded()).as("one by one").isTrue();
    }

    @Test
    void D19_aWholeNodeIsExchangedInOneStepWhereThatIsPossible() {
        SwapPlan plan = plan(true, true, true);
        assertThat(plan.swaps()).containsExactly(DirectorySwap.whole(data));
        assertThat(plan.guarded()).isFalse();
        assertThat(plan(true, true, false).guarded())
                .as("the commit log of a node that crashed belongs to its old data")
                .isTrue();
    }

    @Test
    void aRestoreOfOneTableTouchesNoOtherAndKeepsHintsForOtherNodes() {
        SwapPlan plan = plan(false, true, true);
        assertThat(plan.swaps()).containsExactly(new DirectorySwap(data, IN_BACKUP, true));
        assertThat(plan.cleared()).containsExactly(Path.of("/c"), Path.of("/s"));
        assertThat(plan.guarded()).isFalse();
    }

    @Test
    void theJournalOfAccordIsSetAsideWithTheWholeNodeOnly() throws IOException {
        Path journal = Files.createDirectories(directory.resolve("accord"));
        String text = Files.readString(directory.resolve("cassandra.yaml"));
        String accord = "accord:\n  enabled: %s\n  journal_directory: " + journal + "\n";
        yaml = CassandraYaml.read(Files.writeString(directory.resolve("accord.yaml"), text + accord.formatted("true")));
        assertThat(plan(true, true, true).cleared())
                .containsExactly(Path.of("/c"), Path.of("/s"), Path.of("/h"), journal);
        assertThat(plan(false, true, true).cleared()).doesNotContain(journal);
        Files.move(journal, data.resolve("journal"));
        yaml = CassandraYaml.read(Files.writeString(
                directory.resolve("inside.yaml"),
                text
                        + accord.formatted("true")
                                .replace(
                                        journal.toString(),
                                        data.resolve("journal").toString())));
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly()).isFalse();
        yaml = CassandraYaml.read(Files.writeString(directory.resolve("off.yaml"), text + accord.formatted("false")));
        assertThat(plan(true, true, true).cleared()).hasSize(3);
    }

    @Test
    void aDataDirectoryThatHoldsMoreThanTablesIsNotExchangedWhole() throws IOException {
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly()).isTrue();
        CassandraYaml inside = CassandraYaml.read(Files.writeString(
                directory.resolve("inside.yaml"),
                "data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: " + data.resolve("commitlog")
                        + "\nsaved_caches_directory: /s\nhints_directory: /h\n"));
        assertThat(new SwapPlanner(inside, true, false).holdTablesOnly()).isFalse();
        Files.createDirectories(directory.resolve("other-disk"));
        Files.createSymbolicLink(data.resolve("linked"), directory.resolve("other-disk"));
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly()).isFalse();
    }

    @Test
    void aDirectoryThatThisUserCannotMoveKeepsADataDirectoryFromBeingSwappedWhole() throws IOException {
        Path foreign = Files.createDirectories(data.resolve("foreign"));
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly(directory -> !directory.equals(foreign)))
                .isFalse();
        Path noTable = Files.createDirectories(data.resolve("ks/exports"));
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly(directory -> !directory.equals(noTable)))
                .isFalse();
        assertThat(new SwapPlanner(yaml, true, false).holdTablesOnly(directory -> true))
                .isTrue();
    }

    @Test
    void keptUsersAndRightsAreNotTakenAway() throws IOException {
        TableDirectory roles = new TableDirectory("system_auth", "roles-" + "5".repeat(32));
        Files.createDirectories(data.resolve(roles.toString()));
        SwapPlanner kept = new SwapPlanner(yaml, true, true);
        assertThat(kept.tables(List.of(), Map.of(), List.of()))
                .containsExactlyInAnyOrder(
                        new DirectorySwap(data, IN_BACKUP, false), new DirectorySwap(data, YOUNGER, false));
    }
}
