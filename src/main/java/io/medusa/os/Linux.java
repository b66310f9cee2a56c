package io.medusa.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.ptr.LongByReference;
import java.util.Optional;

/** The few calls of the C library that the JDK does not offer; absent on other systems or where JNA cannot load. */
interface Linux extends Library {
    int O_RDONLY = 0;
    int O_DIRECTORY = 0x10000;
    int PRIO_PROCESS = 0;
    int POSIX_FADV_DONTNEED = 4;
    int POSIX_FADV_SEQUENTIAL = 2;
    int AT_FDCWD = -100;
    int RENAME_EXCHANGE = 2;

    int open(String path, int flags);

    int close(int fd);

    int syncfs(int fd);

    int setpriority(int which, int who, int priority);

    int syscall(long number, Object... arguments);

    int posix_fadvise(int fd, long offset, long length, int advice);

    long copy_file_range(int in, LongByReference inOffset, int out, LongByReference outOffset, long length, int flags);

    /** The library, loaded on first use. */
    static Optional<Linux> library() {
        return Holder.LIBRARY;
    }

    /** Keeps the loaded library. */
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
