package io.medusa.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cluster.ClusterView;
import io.medusa.os.TerminalWindow;
import io.medusa.transfer.Meter;
import io.medusa.transfer.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a terminal shows while something runs. */
final class DisplayTest {
    private static final String LONG = "cassandra-production-eu-west-1a-rack-3-node-0042.example.com";

    private final Screen screen = new Screen(80);
    private final PrintStream terminal = new PrintStream(
            new ByteArrayOutputStream() {
                @Override
                public synchronized void flush() {
                    screen.print(toString(StandardCharsets.UTF_8));
                    reset();
                }
            },
            true,
            StandardCharsets.UTF_8);
    private int columns = 80;
    private boolean foreground = true;
    private final Display display = new Display(terminal, new Display.Window() {
        @Override
        public TerminalWindow.Size size() {
            return new TerminalWindow.Size(24, columns);
        }

        @Override
        public boolean isForeground() {
            return foreground;
        }
    });
    private final PrintStream log = display.guarded(terminal);

    private void resize(int to) {
        columns = to;
        screen.resize(to);
    }

    @Test
    void aTransferTakesOneLineAtAnyWidthAndLeavesNothing() {
        log.println("before");
        Progress.Task task = new TerminalProgress(display).start("Uploading", 123_456, 3L << 40);
        task.moved(1L << 40);
        for (int width : new int[] {80, 40, 200, 25, 60, 120, 79}) {
            resize(width);
            display.draw();
            display.draw();
            assertThat(screen.rows()).as("%d columns", width).hasSize(2).startsWith("before");
            assertThat(screen.rows().get(1)).startsWith("Uploading  33%  ").hasSizeLessThan(width);
        }
        task.close();
        log.println("after");
        assertThat(screen.rows()).containsExactly("before", "after");
    }

    @Test
    void thereIsABarWhereThereIsRoom() {
        Meter meter = new Meter("Uploading", 4, 1000);
        meter.moved(500);
        meter.done();
        assertThat(TerminalProgress.line(meter, 150))
                .startsWith("Uploading  50%  [###############...............]  1 of 4 files, 500.00 B of 1000.00 B");
        assertThat(TerminalProgress.line(meter, 70)).doesNotContain("#");
    }

    @Test
    void whatIsPrintedGoesAboveAndAQuestionIsNotDrawnOver() {
        Progress.Task task = new TerminalProgress(display).start("Uploading", 9, 100);
        display.draw();
        log.println("one");
        display.draw();
        log.print("Sure? ");
        display.draw();
        assertThat(screen.rows()).containsExactly("one", "Sure?");
        log.println("yes");
        display.draw();
        assertThat(screen.rows()).hasSize(3).startsWith("one", "Sure? yes");
        task.close();
        assertThat(screen.rows()).containsExactly("one", "Sure? yes");
    }

    @Test
    void inTheBackgroundNothingIsDrawnAndNothingOfOthersIsErased() {
        Progress.Task task = new TerminalProgress(display).start("Uploading", 9, 100);
        display.draw();
        foreground = false;
        terminal.println("$ bg");
        terminal.println("$ ls");
        display.draw();
        log.println("Uploaded");
        display.draw();
        foreground = true;
        terminal.println("$ fg");
        display.draw();
        log.println("Finished");
        task.close();
        assertThat(screen.rows().subList(1, screen.rows().size()))
                .containsExactly("$ bg", "$ ls", "Uploaded", "$ fg", "Finished");
    }

    @Test
    void aLineForEachNodeThatWorksAndOneForAll() {
        ClusterView.Phase phase = new TerminalClusterView(display, log).begin("Uploading", List.of("db1", LONG, "db3"));
        phase.started("db1");
        phase.started(LONG);
        phase.says(LONG, "Uploading 33%, 50.00 MB/s, ETA 12 minutes, 3 of 9 files, 1.00 GB of 3.00 GB");
        display.draw();
        assertThat(screen.rows())
                .hasSize(3)
                .startsWith(
                        "db1                         started",
                        "cassandra-pr...example.com  Uploading 33%, 50.00 MB/s, ETA 12 minutes, 3 of 9 f");
        assertThat(screen.rows().get(2)).startsWith("Uploading: 0 of 3 nodes done, 2 running, ");
        phase.ended("db1", false, "the disk is full");
        phase.ended(LONG, true, "");
        phase.started("db3");
        for (int width : new int[] {80, 40, 120}) {
            resize(width);
            display.draw();
            assertThat(screen.rows()).hasSize(3).startsWith("db1  FAILED: the disk is full");
        }
        assertThat(screen.rows().get(2)).startsWith("Uploading: 2 of 3 nodes done, 1 failed, 1 running, ");
        phase.ended("db3", true, "");
        phase.close();
        assertThat(screen.rows()).containsExactly("db1  FAILED: the disk is full");
    }

    @Test
    void aThousandNodesDoNotFloodTheScreen() {
        List<String> hosts = IntStream.range(0, 1000).mapToObj(i -> "db" + i).toList();
        try (ClusterView.Phase phase = new TerminalClusterView(display, log).begin("Snapshot", hosts)) {
            hosts.forEach(phase::started);
            phase.says("db0", "x".repeat(500));
            display.draw();
            assertThat(screen.rows()).hasSize(21).allSatisfy(line -> assertThat(line)
                    .hasSizeLessThan(80));
        }
        assertThat(screen.rows()).isEmpty();
    }
}
