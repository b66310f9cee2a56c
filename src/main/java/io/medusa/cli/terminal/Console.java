package io.medusa.cli.terminal;

import io.medusa.cluster.ClusterView;
import io.medusa.transfer.Progress;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/** What this process's input and outputs are connected to, and so how it shows progress and whether it can ask. */
public final class Console {
    private final boolean asks;
    private final boolean prints;
    private final Optional<Display> display;

    private Console(boolean asks, boolean prints, Optional<Display> display) {
        this.asks = asks;
        this.prints = prints;
        this.display = display;
    }

    /** Files and pipes: progress is logged, and nobody is asked. */
    public static Console none() {
        return new Console(false, false, Optional.empty());
    }

    /** A terminal that only has plain text: progress is logged, and somebody is there to answer. */
    public static Console plain() {
        return new Console(true, true, Optional.empty());
    }

    /**
     * That of this process. From here on, whatever is printed goes above what the display shows.
     *
     * @param terminals those of the descriptors 0, 1 and 2 that are terminals, as digits
     * @param environment whose TERM says whether lines can be redrawn
     */
    public static Console ofProcess(String terminals, Map<String, String> environment) {
        boolean shows = terminals.contains("2") && canRedraw(environment);
        if (!shows) {
            return new Console(canAsk(terminals), terminals.contains("1"), Optional.empty());
        }
        PrintStream terminal = System.err;
        Display display = Display.onTerminal(terminal);
        System.setErr(display.guarded(terminal));
        if (terminals.contains("1")) {
            System.setOut(display.guarded(System.out));
        }
        return new Console(canAsk(terminals), terminals.contains("1"), Optional.of(display));
    }

    private static boolean canAsk(String terminals) {
        return terminals.contains("0") && terminals.contains("2");
    }

    /** Whether the terminal of this environment has more than plain text. */
    public static boolean canRedraw(Map<String, String> environment) {
        String kind = environment.getOrDefault("TERM", "");
        return !kind.isEmpty() && !kind.equals("dumb");
    }

    /** Whether somebody is there to answer: both standard input and standard error are terminals. */
    public boolean asks() {
        return asks;
    }

    /** Somebody has typed a line, which the terminal has shown. */
    public void answered() {
        display.ifPresent(Display::lineEnded);
    }

    /** Whether results are printed to a terminal, for people. */
    public boolean printsToTerminal() {
        return prints;
    }

    /** How transfers are shown here. */
    public Progress progress() {
        return display.<Progress>map(TerminalProgress::new).orElseGet(LoggedProgress::new);
    }

    /** How what many nodes do is shown here. */
    public ClusterView clusterView() {
        return display.<ClusterView>map(own -> new TerminalClusterView(own, System.err))
                .orElseGet(() -> new LoggedClusterView(true));
    }
}
