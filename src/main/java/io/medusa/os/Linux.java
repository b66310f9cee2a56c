package io.medusa.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Calls of the C library that the JDK does not offer; absent on other systems and where JNA cannot be loaded. */
interface Linux extends Library {
    int O_RDONLY = 0;
    int O_DIRECTORY = 0x10000;
    int PRIO_PROCESS = 0;
    int POSIX_FADV_DONTNEED = 4;
    int PROT_READ = 1;
    int MAP_SHARED = 1;
    long MAP_FAILED = -1;
    int AT_FDCWD = -100;
    int RENAME_EXCHANGE = 2;

    int open(String path, int flags);

    int close(int fd);

    int syncfs(int fd);

    int kill(int pid, int signal);

    int setpriority(int which, int who, int priority);

    int ioctl(int fd, long request, Object... arguments);

    int tcgetpgrp(int fd);

    int getpgrp();

    int syscall(long number, Object... arguments);

    int posix_fadvise(int fd, long offset, long length, int advice);

    Pointer mmap(@Nullable Pointer address, long length, int protection, int flags, int fd, long offset);

    int mincore(Pointer address, long length, byte[] flags);

    int munmap(Pointer address, long length);

    /** The library, loaded on first use. */
    static Optional<Linux> library() {
        return Holder.LIBRARY;
    }

    /** Holds the loaded library. */
    final class Holder {
        private static final Optional<Linux> LIBRARY = load();

        private Holder() {}

        private static Optional<Linux> load() {
            if (!System.getProperty("os.name", "").equals("Linux")) {
                return Optional.empty();
            }
            try {
                return Optional.of(Native.load("c", Linux.class));
            } catch (UnsatisfiedLinkError | NoClassDefFoundError missing) {
                return Optional.empty();
            }
        }
    }
}
