package io.medusa.os;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Identifies a process, so that others on the same machine can tell whether it is alive, and people elsewhere where to look for it.
 *
 * @param host the machine's own name
 * @param user the user who runs it
 * @param boot the kernel's random id of this boot; empty if there is none
 * @param namespace the pid namespace, which differs between containers; empty if unknown
 * @param start when it started, in the kernel's ticks since boot; empty if unknown
 */
public record ProcessIdentity(String host, long pid, String user, String boot, String namespace, String start) {
    private static final Path PROC = Path.of("/proc");
    private static final int NO_SUCH_PROCESS = 3;
    /** The position of the start time, counted after the name in parentheses (proc(5)). */
    private static final int START_FIELD = 19;

    /** This process. */
    public static ProcessIdentity own() {
        return Holder.OWN;
    }

    /** Read once. */
    private static final class Holder {
        private static final ProcessIdentity OWN = look();

        private Holder() {}

        private static ProcessIdentity look() {
            long pid = ProcessHandle.current().pid();
            return new ProcessIdentity(
                    read(PROC.resolve("sys/kernel/hostname")),
                    pid,
                    System.getProperty("user.name", ""),
                    read(PROC.resolve("sys/kernel/random/boot_id")),
                    link(PROC.resolve("self/ns/pid")),
                    startOf(pid).orElse(""));
        }
    }

    /** Whether both ran on the same machine in the same boot. */
    public boolean isOfSameBoot(ProcessIdentity other) {
        return !boot.isEmpty() && boot.equals(other.boot);
    }

    /** Whether the process has certainly ended: it ran on this machine, and no longer exists. */
    public boolean hasEnded() {
        ProcessIdentity own = own();
        if (!isOfSameBoot(own) || namespace.isEmpty() || !namespace.equals(own.namespace) || start.isEmpty()) {
            return false;
        }
        Optional<String> present = startOf(pid);
        if (present.isPresent()) {
            return !present.get().equals(start);
        }
        // /proc may hide the processes of other users: only the kernel's answer counts
        return Linux.library()
                .filter(linux -> linux.kill((int) pid, 0) != 0 && Native.getLastError() == NO_SUCH_PROCESS)
                .isPresent();
    }

    private static Optional<String> startOf(long pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1));
        return fields.size() > START_FIELD ? Optional.of(fields.get(START_FIELD)) : Optional.empty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException absent) {
            return "";
        }
    }

    private static String link(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException | UnsupportedOperationException absent) {
            return "";
        }
    }
}
