package io.medusa.cli;

import io.medusa.cluster.ClusterView;
import io.medusa.report.Text;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One line a node that works, rewritten in place, and one for all of them. */
final class TerminalClusterView implements ClusterView {
    private static final int ROWS = 24;
    private static final int COLUMNS = 120;
    private static final String CLEAR_BELOW = "\033[J";

    private final PrintStream terminal;
    private final int columns;

    TerminalClusterView(PrintStream terminal) {
        this.terminal = terminal;
        String known = System.getenv("COLUMNS");
        this.columns = known != null && known.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(known) : COLUMNS;
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
        private int done;
        private int failed;
        private int drawn;

        Block(String what, List<String> hosts) {
            this.what = what;
            this.hosts = hosts.size();
            this.width = hosts.stream().mapToInt(String::length).max().orElse(0);
        }

        @Override
        public synchronized void started(String host) {
            working.put(host, "begins");
            draw();
        }

        @Override
        public synchronized void says(String host, String line) {
            if (working.containsKey(host) && !line.isEmpty()) {
                working.put(host, line);
                draw();
            }
        }

        @Override
        public synchronized void ended(String host, boolean success, String line) {
            working.remove(host);
            done++;
            if (!success) {
                failed++;
                erase();
                print(host, "FAILED: " + line);
                drawn = 0;
            }
            draw();
        }

        @Override
        public synchronized void close() {
            erase();
            drawn = 0;
            terminal.flush();
        }

        private void erase() {
            if (drawn > 0) {
                terminal.print("\033[" + drawn + "A");
            }
            terminal.print(CLEAR_BELOW);
        }

        private void draw() {
            erase();
            int shown = Math.min(working.size(), ROWS - 3);
            working.entrySet().stream().limit(shown).forEach(entry -> print(entry.getKey(), entry.getValue()));
            Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
            String left = done == 0 || done == hosts
                    ? ""
                    : ", about "
                            + Text.duration(elapsed.multipliedBy(hosts - done).dividedBy(done)) + " left";
            print(
                    what,
                    done + " of " + hosts + " nodes done" + (failed > 0 ? ", " + failed + " failed" : "") + ", "
                            + working.size() + " at work, " + Text.duration(elapsed) + left);
            drawn = shown + 1;
            terminal.flush();
        }

        private void print(String name, String text) {
            String line = name + " ".repeat(Math.max(1, width + 2 - name.length())) + text;
            terminal.println(line.length() > columns - 1 ? line.substring(0, columns - 1) : line);
        }
    }
}
