package io.medusa.cli.terminal;

import io.medusa.cluster.ClusterView;
import io.medusa.model.Count;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows a line for each node that works, and one for all of them. Failures are printed above, and stay. */
public final class TerminalClusterView implements ClusterView {
    /** More nodes than that are counted, not listed. */
    private static final int LISTED = 20;

    private final Display display;
    private final PrintStream above;

    /** @param above prints what stays, on the terminal of the display */
    public TerminalClusterView(Display display, PrintStream above) {
        this.display = display;
        this.above = above;
    }

    @Override
    public Phase begin(String what, List<String> hosts) {
        return new Block(what, hosts);
    }

    @Override
    public Duration interval() {
        return Duration.ofSeconds(2);
    }

    private final class Block implements Phase {
        private final String what;
        private final int hosts;
        private final int width;
        private final Map<String, String> working = new LinkedHashMap<>();
        private final long began = System.nanoTime();
        private final Display.Shown shown;
        private int done;
        private int failed;

        Block(String what, List<String> hosts) {
            this.what = what;
            this.hosts = hosts.size();
            this.width = hosts.stream().mapToInt(String::length).max().orElse(0);
            this.shown = display.show(this::lines);
        }

        @Override
        public synchronized void started(String host) {
            working.put(host, "started");
        }

        @Override
        public synchronized void says(String host, String line) {
            if (working.containsKey(host) && !line.isEmpty()) {
                working.put(host, line);
            }
        }

        @Override
        public void ended(String host, boolean success, String line) {
            synchronized (this) {
                working.remove(host);
                done++;
                failed += success ? 0 : 1;
            }
            if (!success) {
                // not under the lock of this block: a redraw has that of the display, and wants this one
                above.println(host + "  FAILED: " + line);
            }
        }

        @Override
        public void close() {
            shown.close();
        }

        private synchronized List<String> lines(int columns) {
            List<String> lines = new ArrayList<>();
            // what a node says matters more than the whole of its name
            int room = Math.min(width, Math.max(columns / 3, 12));
            working.entrySet().stream()
                    .limit(LISTED)
                    .forEach(node -> lines.add(column(node.getKey(), room) + "  " + node.getValue()));
            Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
            lines.add(what + ": " + done + " of " + Count.of(hosts, "node") + " done"
                    + (failed > 0 ? ", " + failed + " failed" : "") + ", " + working.size() + " running, "
                    + Count.roughly(elapsed)
                    + (done == 0 || done == hosts
                            ? ""
                            : ", ETA "
                                    + Count.roughly(
                                            elapsed.multipliedBy(hosts - done).dividedBy(done))));
            return lines;
        }
    }

    /** The name in so many columns; what tells names apart is at both ends. */
    static String column(String name, int width) {
        if (name.length() <= width) {
            return name + " ".repeat(width - name.length());
        }
        int end = (width - 2) / 2;
        return name.substring(0, width - 2 - end) + ".." + name.substring(name.length() - end);
    }
}
