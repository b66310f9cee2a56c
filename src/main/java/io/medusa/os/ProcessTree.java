package io.medusa.os;

import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A process that this program started, with all its children. */
public final class ProcessTree {
    private static final Duration PER_SIGNAL = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    /** Everything that was seen: a child whose parent has ended is no longer found below it. */
    private final Set<ProcessHandle> seen = new HashSet<>();

    /** Not yet terminated. */
    public ProcessTree(ProcessHandle root) {
        seen.add(root);
    }

    /**
     * Terminates them, and kills those that have not ended five seconds later.
     *
     * @return false if any is still running, for example because it belongs to another user
     * @throws MedusaException of kind INTERRUPTED
     */
    public boolean end() {
        return end(ProcessHandle::destroy) || end(ProcessHandle::destroyForcibly);
    }

    private boolean end(Consumer<ProcessHandle> signal) {
        Set<ProcessHandle> told = new HashSet<>();
        long began = System.nanoTime();
        while (System.nanoTime() - began < PER_SIGNAL.toNanos()) {
            List.copyOf(seen).forEach(process -> process.descendants().forEach(seen::add));
            List<ProcessHandle> alive =
                    seen.stream().filter(ProcessTree::isAlive).toList();
            if (alive.isEmpty()) {
                return true;
            }
            alive.stream().filter(told::add).forEach(signal);
            Failures.pause(BETWEEN_LOOKS);
        }
        return false;
    }

    /** Not by its handle alone, to which a zombie is alive. */
    private static boolean isAlive(ProcessHandle process) {
        return process.isAlive() && Processes.isAlive(process.pid());
    }
}
