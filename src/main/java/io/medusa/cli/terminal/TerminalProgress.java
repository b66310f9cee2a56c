package io.medusa.cli.terminal;

import io.medusa.transfer.Meter;
import io.medusa.transfer.Progress;
import java.util.List;

/** Shows transfers on a terminal: a bar, files, bytes, rate and ETA. Transfers that are over at once leave no trace. */
public final class TerminalProgress implements Progress {
    private static final int LONGEST_BAR = 30;
    private static final int SHORTEST_BAR = 8;

    private final Display display;

    /** On that display. */
    public TerminalProgress(Display display) {
        this.display = display;
    }

    @Override
    public Task start(String what, long files, long bytes) {
        Meter meter = new Meter(what, files, bytes);
        Display.Shown shown = display.show(columns -> List.of(line(meter, columns)));
        return new Task() {
            @Override
            public void moved(long more) {
                meter.moved(more);
            }

            @Override
            public void done() {
                meter.done();
            }

            @Override
            public void close() {
                shown.close();
            }
        };
    }

    /** The bar takes what the text leaves, or is left out. */
    static String line(Meter meter, int columns) {
        int percent = meter.percent();
        String beginning =
                meter.what() + " " + " ".repeat(3 - String.valueOf(percent).length()) + percent + "%  ";
        String text = meter.text();
        int room = Math.min(LONGEST_BAR, columns - beginning.length() - text.length() - 4);
        if (room < SHORTEST_BAR) {
            return beginning + text;
        }
        int full = room * percent / 100;
        return beginning + "[" + "#".repeat(full) + ".".repeat(room - full) + "]  " + text;
    }
}
