package io.medusa.os;

import java.util.Optional;

/** Lowers the priority of the calling thread below everything else on the machine. */
public final class ThreadPriority {
    private static final int LOWEST_NICENESS = 19;
    private static final int IOPRIO_WHO_PROCESS = 1;
    private static final int IOPRIO_CLASS_IDLE = 3;
    private static final int IOPRIO_CLASS_SHIFT = 13;

    private ThreadPriority() {}

    /**
     * Idle I/O class and the lowest niceness.
     *
     * @return whether the system accepted both
     */
    public static boolean lower() {
        Optional<Linux> linux = Linux.library();
        if (linux.isEmpty()) {
            return false;
        }
        boolean nice = linux.get().setpriority(Linux.PRIO_PROCESS, 0, LOWEST_NICENESS) == 0;
        long ioprioSet = ioprioSetNumber();
        boolean idle = ioprioSet >= 0
                && linux.get().syscall(ioprioSet, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT) == 0;
        return nice && idle;
    }

    private static long ioprioSetNumber() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> 251;
            case "aarch64" -> 30;
            default -> -1;
        };
    }
}
