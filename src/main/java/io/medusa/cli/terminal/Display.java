package io.medusa.cli.terminal;

import io.medusa.os.TerminalWindow;
import io.medusa.transfer.Heartbeat;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lines at the lower end of a terminal that are redrawn in place, below everything that is printed. It only writes: it changes no
 * setting of the terminal, which would stop a process in the background. In the background it draws nothing. Thread-safe.
 */
public final class Display {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final TerminalWindow.Size UNKNOWN = new TerminalWindow.Size(24, 80);
    private static final String CLEAR_LINE = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";

    private final PrintStream terminal;
    private final Window window;
    private final Set<Block> blocks = new LinkedHashSet<>();
    private @Nullable Heartbeat redraw;

    /** The lengths of the lines on the screen, which may have wrapped since. */
    private List<Integer> drawn = List.of();

    /** Whether somebody has printed the beginning of a line, such as a question: then nothing may be drawn behind it. */
    private boolean inLine;

    /** What can be asked of a terminal. */
    interface Window {
        /** Its present size. */
        TerminalWindow.Size size();

        /** Whether this process is in its foreground. */
        boolean isForeground();
    }

    /** Some lines of the display. */
    public interface Block {
        /** The present lines. Longer ones are cut off; if there are too many for the screen, the last ones are shown. */
        List<String> lines(int columns);
    }

    /** A block that is being shown. */
    public interface Shown extends AutoCloseable {
        /** Removes it from the screen. */
        @Override
        void close();
    }

    Display(PrintStream terminal, Window window) {
        this.terminal = terminal;
        this.window = window;
    }

    /** The display of this process, on its standard error, which must be a terminal. */
    public static Display onTerminal(PrintStream terminal) {
        Display display = new Display(terminal, new Window() {
            @Override
            public TerminalWindow.Size size() {
                return TerminalWindow.size().orElse(UNKNOWN);
            }

            @Override
            public boolean isForeground() {
                return TerminalWindow.isForeground();
            }
        });
        TerminalWindow.whenContinued(display::forget);
        return display;
    }

    /** Shows lines until they are closed. Those that are closed at once are never seen. */
    public synchronized Shown show(Block block) {
        blocks.add(block);
        if (redraw == null) {
            redraw = Heartbeat.start(REDRAW, this::draw, failed -> {});
        }
        return () -> remove(block);
    }

    private synchronized void remove(Block block) {
        blocks.remove(block);
        if (blocks.isEmpty()) {
            erase();
            terminal.flush();
        }
    }

    /** The same stream, for everybody who prints to this terminal: the display makes room for what they print. */
    public PrintStream guarded(PrintStream stream) {
        return new PrintStream(new Guarded(stream), true, Charset.defaultCharset());
    }

    /** Draws the present lines over the previous ones. */
    synchronized void draw() {
        if (blocks.isEmpty() || inLine) {
            return;
        }
        if (!window.isForeground()) {
            forget();
            return;
        }
        TerminalWindow.Size size = window.size();
        List<String> lines = new ArrayList<>();
        blocks.forEach(block -> lines.addAll(block.lines(size.columns() - 1)));
        List<String> fitting = lines.subList(Math.max(0, lines.size() - Math.max(1, size.rows() - 2)), lines.size());
        // one write, and no line is empty in between: nothing flickers
        StringBuilder screen = new StringBuilder(toBeginning(size.columns()));
        List<Integer> lengths = new ArrayList<>();
        for (String line : fitting) {
            String shown = line.substring(0, Math.min(line.length(), Math.max(1, size.columns() - 1)));
            screen.append(shown).append(CLEAR_LINE).append('\n');
            lengths.add(shown.length());
        }
        terminal.print(screen.append(CLEAR_BELOW));
        terminal.flush();
        drawn = lengths;
    }

    /** The cursor is at the beginning of a line again. */
    synchronized void lineEnded() {
        inLine = false;
    }

    private synchronized void forget() {
        drawn = List.of();
    }

    private void erase() {
        if (!drawn.isEmpty() && window.isForeground()) {
            terminal.print(toBeginning(window.size().columns()) + CLEAR_BELOW);
        }
        drawn = List.of();
    }

    /** Moves to the first of the drawn lines. A terminal that has become narrower has wrapped them. */
    private String toBeginning(int columns) {
        int rows = drawn.stream()
                .mapToInt(length -> Math.max(1, (length + columns - 1) / columns))
                .sum();
        return rows == 0 ? "\r" : "\r\033[" + rows + "A";
    }

    /** Removes the display before anything is printed; the next redraw brings it back below. */
    private final class Guarded extends OutputStream {
        private final PrintStream stream;

        Guarded(PrintStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            if (length == 0) {
                return;
            }
            synchronized (Display.this) {
                erase();
                terminal.flush();
                stream.write(bytes, from, length);
                stream.flush();
                inLine = bytes[from + length - 1] != '\n';
            }
        }

        @Override
        public void flush() {
            stream.flush();
        }
    }
}
