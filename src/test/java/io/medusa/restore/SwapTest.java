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

    private RestoreArea area() {
        return new RestoreArea("restore-b", List.of(data), Privileges.over(data, false));
    }

    private Swap swap() {
        return new Swap(area());
    }

    private Swap.Plan stage() throws IOException {
        RestoreArea area = area();
        area.prepare();
        write(area.staging(data, CHANGED).resolve("nb-7-big-Data.db"), "after");
        write(area.staging(data, FRESH).resolve("nb-8-big-Data.db"), "created again");
        area.finishStaging(List.of(
                area.staging(data, CHANGED).resolve("nb-7-big-Data.db"),
                area.staging(data, FRESH).resolve("nb-8-big-Data.db")));
        return new Swap.Plan(
                List.of(
                        new Swap.Exchange(data, CHANGED, true),
                        new Swap.Exchange(data, FRESH, true),
                        new Swap.Exchange(data, GONE, false)),
                List.of(commitLog),
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
        Swap.Plan plan = stage();
        Swap swap = swap();
        swap.run(plan);
        area().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(AFTER);
        assertThat(data.resolve(".medusa")).doesNotExist();
    }

    @Test
    void D19_turnsEverythingBack() throws IOException {
        Map<String, String> before = files(directory);
        Swap.Plan plan = stage();
        swap().run(plan);
        swap().undo(plan);
        area().forget(plan.cleared());
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
            Swap.Plan plan = stage();
            cutOff(plan, killedAfter);
            swap().run(area().journal().orElseThrow().plan());
            area().forget(plan.cleared());
            assertThat(files(carried))
                    .as("carried on after %d renames", killedAfter)
                    .isEqualTo(AFTER);

            Path turned = directory.resolve("turned" + killedAfter);
            live(turned);
            Map<String, String> before = files(turned);
            Swap.Plan second = stage();
            cutOff(second, killedAfter);
            swap().undo(second);
            area().forget(second.cleared());
            assertThat(files(turned))
                    .as("turned back after %d renames", killedAfter)
                    .isEqualTo(before);
        }
    }

    private int countRenames() throws IOException {
        Path counted = directory.resolve("counted");
        live(counted);
        Swap.Plan plan = stage();
        return renames(plan).size();
    }

    private record Rename(Path from, Path to) {}

    /** The renames of a whole exchange in order, as the journal's words promise them. */
    private List<Rename> renames(Swap.Plan plan) {
        List<Rename> renames = new java.util.ArrayList<>();
        Path previous = data.resolve(".medusa/snapshots/restore-b/previous");
        renames.add(new Rename(
                commitLog.resolve("CommitLog-1.log"), commitLog.resolve(".medusa-restore-b/CommitLog-1.log")));
        for (Swap.Exchange exchange : plan.exchanges()) {
            Path live = data.resolve(exchange.table().toString());
            Path old = previous.resolve(exchange.table().toString());
            boolean existed = Files.exists(live);
            if (existed) {
                renames.add(new Rename(live, old));
            }
            if (exchange.staged()) {
                renames.add(new Rename(area().staging(data, exchange.table()), live));
            }
            if (existed) {
                renames.add(new Rename(old.resolve("snapshots"), live.resolve("snapshots")));
            }
        }
        return renames;
    }

    /** The journal is written, so many renames are done, and the process is gone. */
    private void cutOff(Swap.Plan plan, int killedAfter) throws IOException {
        List<Rename> renames = renames(plan);
        new Journal(plan, Journal.Phase.EXCHANGING)
                .write(data.resolve(".medusa/snapshots/restore-b/journal.json"), List.of(data));
        for (Rename rename : renames.subList(0, killedAfter)) {
            Files.createDirectories(rename.to().getParent());
            Files.move(rename.from(), rename.to(), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    @Test
    void S6_S7_areasAreMadeForOneRestoreOnlyAndAnotherIsRefused() throws IOException {
        Swap.Plan plan = stage();
        cutOff(plan, 2);
        RestoreArea other = new RestoreArea("restore-c", List.of(data), Privileges.over(data, false));
        assertThat(other.journal()).isEmpty();
        assertThat(other.otherExchanging()).contains("restore-b");
    }

    @Test
    void whatANodeMadeInTheMiddleOfAnExchangeIsSetAsideNotInTheWay() throws IOException {
        Swap.Plan plan = stage();
        cutOff(plan, 2);
        // the node was started between the two renames of a table, and wrote
        write(data.resolve(CHANGED + "/nb-9-big-Data.db"), "written in between");
        write(commitLog.resolve("CommitLog-1.log"), "another log of that name");
        swap().run(plan);
        assertThat(files(data.resolve(CHANGED.toString())))
                .containsKey("nb-7-big-Data.db")
                .doesNotContainKey("nb-9-big-Data.db");
        assertThat(files(data.resolve(".medusa")))
                .containsValue("written in between")
                .containsValue("before");
        area().forget(plan.cleared());
        assertThat(files(directory)).isEqualTo(AFTER);
    }

    @Test
    void aSecondRestoreKeepsTheStateBeforeTheFirst() throws IOException {
        Swap.Plan plan = stage();
        swap().run(plan);
        // its check failed, the operator runs it again after more writes: nothing is a silent no-op
        write(data.resolve(CHANGED + "/nb-10-big-Data.db"), "after the first");
        Swap.Plan again = stage();
        swap().run(again);
        assertThat(files(data.resolve(CHANGED.toString()))).doesNotContainKey("nb-10-big-Data.db");
        assertThat(files(data.resolve(".medusa"))).containsValue("before");
    }

    @Test
    void leftoversWithoutAJournalAreNotTakenForAPreviousState() throws IOException {
        Path stale = data.resolve(".medusa/snapshots/restore-b/previous").resolve(CHANGED.toString());
        write(stale.resolve("nb-0-big-Data.db"), "half deleted");
        Swap.Plan plan = stage();
        swap().run(plan);
        swap().undo(plan);
        assertThat(files(data.resolve(CHANGED.toString())))
                .containsEntry("nb-1-big-Data.db", "before")
                .doesNotContainKey("nb-0-big-Data.db");
    }

    @Test
    void differentNamesHaveDifferentAreas() {
        assertThat(RestoreArea.idFor("a:b"))
                .isNotEqualTo(RestoreArea.idFor("a_b"))
                .isNotEqualTo(RestoreArea.idFor("a b"));
    }
}
