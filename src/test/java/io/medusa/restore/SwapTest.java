package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.TableDirectory;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exchange of directories: complete, turned back, and carried on from every point where it can be cut off. */
final class SwapTest {
    private static final TableDirectory KEPT = table("kept", "1");
    private static final TableDirectory CHANGED = table("changed", "2");
    private static final TableDirectory GONE = table("gone", "3");
    private static final TableDirectory FRESH = table("fresh", "4");

    @TempDir
    Path directory;

    private Path data;
    private Path commitLog;

    private static TableDirectory table(String name, String digit) {
        return new TableDirectory("ks", name + "-" + digit.repeat(32));
    }

    @BeforeEach
    void liveNode() throws IOException {
        live(directory);
    }

    private void live(Path root) throws IOException {
        data = Files.createDirectories(root.resolve("data"));
        commitLog = Files.createDirectories(root.resolve("commitlog"));
        write(data.resolve(KEPT + "/nb-1-big-Data.db"), "kept");
        write(data.resolve(CHANGED + "/nb-1-big-Data.db"), "before");
        write(data.resolve(CHANGED + "/snapshots/mine/nb-1-big-Data.db"), "snapshot");
        write(data.resolve(GONE + "/nb-1-big-Data.db"), "dropped by the restore");
        write(data.resolve(GONE + "/snapshots/mine/nb-1-big-Data.db"), "snapshot");
        write(commitLog.resolve("CommitLog-1.log"), "log");
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private NodeStaging staging() {
        return new NodeStaging("restore-b", List.of(data), Privileges.over(data, false));
    }

    private Swap swap() {
        return new Swap(staging());
    }

    private SwapPlan stage() throws IOException {
        NodeStaging staging = staging();
        staging.prepare();
        write(staging.paths().staged(data, CHANGED).resolve("nb-7-big-Data.db"), "after");
        write(staging.paths().staged(data, FRESH).resolve("nb-8-big-Data.db"), "created again");
        staging.finish(List.of(
                staging.paths().staged(data, CHANGED).resolve("nb-7-big-Data.db"),
                staging.paths().staged(data, FRESH).resolve("nb-8-big-Data.db")));
        return new SwapPlan(
                List.of(
                        new DirectorySwap(data, CHANGED, true),
                        new DirectorySwap(data, FRESH, true),
                        new DirectorySwap(data, GONE, false)),
                List.of(commitLog),
                false,
                false,
                "[] []");
    }

    private Map<String, String> files(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile)
                    .collect(Collectors.toMap(
                            path -> root.relativize(path).toString(), SwapTest::read, (a, b) -> a, TreeMap::new));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static final Map<String, String> AFTER = new TreeMap<>(Map.of(
            "data/" + KEPT + "/nb-1-big-Data.db", "kept",
            "data/" + CHANGED + "/nb-7-big-Data.db", "after",
            "data/" + CHANGED + "/snapshots/mine/nb-1-big-Data.db", "snapshot",
            "data/" + GONE + "/snapshots/mine/nb-1-big-Data.db", "snapshot",
            "data/" + FRESH + "/nb-8-big-Data.db", "created again"));

    @Test
    void exchangesKeepsSnapshotsAndForgets() throws IOException {
        SwapPlan plan = stage();
        Swap swap = swap();
        swap.run(plan);
        staging().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(AFTER);
        assertThat(data.resolveSibling(".medusa-data")).doesNotExist();
    }

    @Test
    void D19_turnsEverythingBack() throws IOException {
        Map<String, String> before = files(directory);
        SwapPlan plan = stage();
        swap().run(plan);
        swap().undo(staging().journal().orElseThrow().plan(), false);
        staging().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(before);
    }

    /** Every rename of the exchange is the last one before a kill; the next run, or turning back, starts from there. */
    @Test
    void D19_isCarriedOnOrTurnedBackFromEveryPoint() throws IOException {
        int renames = countRenames();
        assertThat(renames).isGreaterThan(6);
        for (int killedAfter = 0; killedAfter <= renames; killedAfter++) {
            Path carried = directory.resolve("carried" + killedAfter);
            live(carried);
            SwapPlan plan = stage();
            cutOff(plan, killedAfter);
            swap().run(staging().journal().orElseThrow().plan());
            staging().forget(plan.cleared());
            assertThat(files(carried))
                    .as("carried on after %d renames", killedAfter)
                    .isEqualTo(AFTER);

            Path turned = directory.resolve("turned" + killedAfter);
            live(turned);
            Map<String, String> before = files(turned);
            SwapPlan second = stage();
            cutOff(second, killedAfter);
            swap().undo(staging().journal().orElseThrow().plan(), false);
            staging().forget(second.cleared());
            assertThat(files(turned))
                    .as("turned back after %d renames", killedAfter)
                    .isEqualTo(before);
        }
    }

    private int countRenames() throws IOException {
        Path counted = directory.resolve("counted");
        live(counted);
        SwapPlan plan = stage();
        return renames(plan).size();
    }

    private record Rename(Path from, Path to) {}

    private Path home() {
        return data.resolveSibling(".medusa-data/restore-b");
    }

    /** The renames of a whole exchange in order, on a system that cannot exchange two names in one step. */
    private List<Rename> renames(SwapPlan plan) {
        List<Rename> renames = new java.util.ArrayList<>();
        Path previous = home().resolve("previous");
        renames.add(new Rename(
                commitLog.resolve("CommitLog-1.log"), commitLog.resolve(".medusa-restore-b/CommitLog-1.log")));
        for (DirectorySwap swap : plan.swaps()) {
            Path live = swap.live();
            Path old = previous.resolve(swap.table().toString());
            boolean existed = Files.exists(live);
            if (existed) {
                renames.add(new Rename(live, old));
            }
            if (swap.staged()) {
                renames.add(new Rename(staging().paths().staged(data, swap.table()), live));
            }
            if (existed) {
                renames.add(new Rename(old.resolve("snapshots"), live.resolve("snapshots")));
            }
        }
        return renames;
    }

    /** The journal is written, so many renames are done, and the process is gone. */
    private void cutOff(SwapPlan plan, int killedAfter) throws IOException {
        List<Rename> renames = renames(plan);
        new Journal(swap().identified(plan), Journal.Phase.SWAPPING)
                .write(home().resolve("journal.json"), List.of(data));
        for (Rename rename : renames.subList(0, killedAfter)) {
            Files.createDirectories(rename.to().getParent());
            Files.move(rename.from(), rename.to(), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** The whole data directory, staged as it will be. */
    private SwapPlan stageWhole(boolean guarded) throws IOException {
        NodeStaging staging = staging();
        staging.prepare();
        write(staging.paths().staged(data, CHANGED).resolve("nb-7-big-Data.db"), "after");
        write(staging.paths().staged(data, FRESH).resolve("nb-8-big-Data.db"), "created again");
        staging.finish(List.of(
                staging.paths().staged(data, CHANGED).resolve("nb-7-big-Data.db"),
                staging.paths().staged(data, FRESH).resolve("nb-8-big-Data.db")));
        assertThat(staging.trySwappingWhole()).isTrue();
        return new SwapPlan(List.of(DirectorySwap.whole(data)), List.of(commitLog), guarded, false, "[] []");
    }

    private static final String TRACES = "system_traces/events-" + "5".repeat(32);

    private static final Map<String, String> WHOLE_AFTER = new TreeMap<>(Map.of(
            "data/" + CHANGED + "/nb-7-big-Data.db", "after",
            "data/" + CHANGED + "/snapshots/mine/nb-1-big-Data.db", "snapshot",
            "data/" + GONE + "/snapshots/mine/nb-1-big-Data.db", "snapshot",
            "data/" + TRACES + "/nb-1-big-Data.db", "traces",
            "data/" + FRESH + "/nb-8-big-Data.db", "created again"));

    private Map<String, String> filesOfTheNode(Path root) {
        Map<String, String> files = files(root);
        files.keySet().removeIf(file -> file.contains(".medusa-"));
        return files;
    }

    @Test
    void D19_aWholeDataDirectoryIsExchangedInOneStepAndBack() throws IOException {
        for (boolean guarded : new boolean[] {false, true}) {
            Path root = directory.resolve("whole" + guarded);
            live(root);
            write(data.resolve(TRACES + "/nb-1-big-Data.db"), "traces");
            write(data.resolve("notes.txt"), "the operator's");
            Map<String, String> before = files(root);
            swap().run(stageWhole(guarded));
            Map<String, String> after = new TreeMap<>(WHOLE_AFTER);
            after.put("data/notes.txt", "the operator's");
            assertThat(filesOfTheNode(root)).isEqualTo(after);
            assertThat(staging().journal().orElseThrow().phase()).isEqualTo(Journal.Phase.SWAPPED);
            // the node ran, and wrote
            write(data.resolve(CHANGED + "/nb-9-big-Data.db"), "later");
            write(commitLog.resolve("CommitLog-2.log"), "of the restored data");
            SwapPlan plan = staging().journal().orElseThrow().plan();
            swap().undo(plan, true);
            assertThat(filesOfTheNode(root)).isEqualTo(before);
            staging().forget(plan.cleared());
            assertThat(files(root)).isEqualTo(before);
            assertThat(data.resolveSibling(".medusa-data")).doesNotExist();
        }
    }

    /** Between its steps the live directory is never missing, and always the old or the new one. */
    @Test
    void D19_aWholeExchangeIsCarriedOnOrTurnedBackFromEveryStep() throws IOException {
        for (int killedAfter = 0; killedAfter <= 4; killedAfter++) {
            for (boolean back : new boolean[] {false, true}) {
                Path root = directory.resolve("cut" + killedAfter + back);
                live(root);
                write(data.resolve(TRACES + "/nb-1-big-Data.db"), "traces");
                Map<String, String> before = files(root);
                SwapPlan plan = swap().identified(stageWhole(false));
                new Journal(plan, Journal.Phase.SWAPPING).write(home().resolve("journal.json"), List.of(data));
                List<IoStep> steps = List.of(
                        () -> Files.createDirectories(commitLog.resolve(".medusa-restore-b")),
                        () -> Files.move(
                                commitLog.resolve("CommitLog-1.log"),
                                commitLog.resolve(".medusa-restore-b/CommitLog-1.log")),
                        () -> assertThat(io.medusa.os.FileSystems.exchange(data, home().resolve("new")))
                                .isTrue(),
                        () -> Files.move(home().resolve("new"), home().resolve("previous-whole")));
                for (IoStep step : steps.subList(0, killedAfter)) {
                    step.run();
                }
                Map<String, String> bootable = filesOfTheNode(data);
                assertThat(bootable.containsValue("before") ^ bootable.containsValue("after"))
                        .as("old or new after step %d", killedAfter)
                        .isTrue();
                if (back) {
                    swap().undo(staging().journal().orElseThrow().plan(), false);
                    assertThat(filesOfTheNode(root)).isEqualTo(before);
                } else {
                    swap().run(staging().journal().orElseThrow().plan());
                    assertThat(filesOfTheNode(root)).isEqualTo(WHOLE_AFTER);
                }
                staging().forget(plan.cleared());
                assertThat(files(root)).isEqualTo(back ? before : WHOLE_AFTER);
            }
        }
    }

    private interface IoStep {
        void run() throws IOException;
    }

    @Test
    void D19_aGuardStandsWhileDirectoriesAreExchangedOneByOne() throws IOException {
        SwapPlan plan = stage();
        SwapPlan guarded = new SwapPlan(plan.swaps(), plan.cleared(), true, false, plan.selection());
        StartGuard guard = new StartGuard(Privileges.over(data, false));
        cutOff(guarded, 3);
        guard.raise(data);
        assertThat(files(data).keySet()).contains("A_RESTORE_WAS_INTERRUPTED_run_medusa_restore-node_again.db");
        swap().run(staging().journal().orElseThrow().plan());
        staging().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(AFTER);
    }

    @Test
    void aKeptStateIsNotMixedUpWithThatBeforeANewRestore() throws IOException {
        swap().run(stageWhole(false));
        staging().keep();
        write(data.resolve(CHANGED + "/nb-9-big-Data.db"), "days later");
        SwapPlan again = stageWhole(false);
        swap().run(again);
        swap().undo(staging().journal().orElseThrow().plan(), false);
        assertThat(filesOfTheNode(directory)).containsValue("days later").doesNotContainValue("before");
    }

    @Test
    void D19_anUndoThatWasCutOffIsCarriedOn() throws IOException {
        Map<String, String> before = files(directory);
        swap().run(stageWhole(false));
        write(commitLog.resolve("CommitLog-2.log"), "of the restored data");
        SwapPlan plan = staging().journal().orElseThrow().plan();
        new Journal(plan, Journal.Phase.UNDOING).write(home().resolve("journal.json"), List.of(data));
        Files.createDirectories(commitLog.resolve(".medusa-restore-b-undone"));
        Files.move(commitLog.resolve("CommitLog-2.log"), commitLog.resolve(".medusa-restore-b-undone/CommitLog-2.log"));
        swap().undo(plan, true);
        staging().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(before);
    }

    @Test
    void S6_S7_areasAreMadeForOneRestoreOnlyAndAnotherIsRefused() throws IOException {
        SwapPlan plan = stage();
        cutOff(plan, 2);
        NodeStaging other = new NodeStaging("restore-c", List.of(data), Privileges.over(data, false));
        assertThat(other.journal()).isEmpty();
        assertThat(new OtherRestores(other).interrupted()).contains("restore-b");
    }

    @Test
    void whatANodeMadeInTheMiddleOfAnExchangeIsSetAsideNotInTheWay() throws IOException {
        SwapPlan plan = stage();
        cutOff(plan, 2);
        // the node was started between the two renames of a table, and wrote
        write(data.resolve(CHANGED + "/nb-9-big-Data.db"), "written in between");
        write(commitLog.resolve("CommitLog-1.log"), "another log of that name");
        swap().run(plan);
        assertThat(files(data.resolve(CHANGED.toString())))
                .containsKey("nb-7-big-Data.db")
                .doesNotContainKey("nb-9-big-Data.db");
        assertThat(files(home())).containsValue("written in between").containsValue("before");
        staging().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(AFTER);
    }

    @Test
    void aSecondRestoreKeepsTheStateBeforeTheFirst() throws IOException {
        SwapPlan plan = stage();
        swap().run(plan);
        // its check failed, the operator runs it again after more writes: nothing is a silent no-op
        write(data.resolve(CHANGED + "/nb-10-big-Data.db"), "after the first");
        SwapPlan again = stage();
        swap().run(again);
        assertThat(files(data.resolve(CHANGED.toString()))).doesNotContainKey("nb-10-big-Data.db");
        assertThat(files(home())).containsValue("before");
    }

    @Test
    void leftoversWithoutAJournalAreNotTakenForAPreviousState() throws IOException {
        Path stale = home().resolve("previous").resolve(CHANGED.toString());
        write(stale.resolve("nb-0-big-Data.db"), "half deleted");
        SwapPlan plan = stage();
        swap().run(plan);
        swap().undo(staging().journal().orElseThrow().plan(), false);
        assertThat(files(data.resolve(CHANGED.toString())))
                .containsEntry("nb-1-big-Data.db", "before")
                .doesNotContainKey("nb-0-big-Data.db");
    }

    @Test
    void differentNamesHaveDifferentAreas() {
        assertThat(StagingPaths.idOfRestore("a:b"))
                .isNotEqualTo(StagingPaths.idOfRestore("a_b"))
                .isNotEqualTo(StagingPaths.idOfRestore("a b"));
    }

    @Test
    void idsOfLongNamesAreShortAndStillDifferent() {
        String table = "word_".repeat(30);
        String one = StagingPaths.idOfImport("b", table + "1");
        assertThat(one).hasSizeLessThanOrEqualTo(64).startsWith("import-b-word_5f_");
        assertThat(one)
                .isNotEqualTo(StagingPaths.idOfImport("b", table + "2"))
                .isEqualTo(StagingPaths.idOfImport("b", table + "1"));
        assertThat(StagingPaths.idOfRestore("a_".repeat(100))).hasSize(64).startsWith("restore-a_5f_");
        assertThat(StagingPaths.idOfRestore("daily-20261127-0200")).isEqualTo("restore-daily-20261127-0200");
    }
}
