package io.medusa.os;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Optional;

/**
 * Reads a file and leaves the page cache as it was: what was in memory before stays there, since the database may need it, and
 * what was brought in by this reading is given back when the file is closed. Small files, and systems that cannot tell, are read
 * as usual.
 */
public final class QuietFile implements ReadableByteChannel {
    /** Below this a file is not worth the calls. */
    static final long WORTH_IT = 1 << 20;

    private static final int PAGE = 4096;
    private static final long WINDOW = 1L << 30;

    private final FileChannel channel;
    private final Path path;
    private final long size;
    private final Optional<BitSet> resident;

    private QuietFile(FileChannel channel, Path path, long size, Optional<BitSet> resident) {
        this.channel = channel;
        this.path = path;
        this.size = size;
        this.resident = resident;
    }

    /** Opens for reading from the start. */
    public static ReadableByteChannel open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean handedOver = false;
        try {
            long size = channel.size();
            if (size < WORTH_IT) {
                handedOver = true;
                return channel;
            }
            QuietFile quiet =
                    new QuietFile(channel, path, size, Linux.library().flatMap(linux -> resident(linux, path, size)));
            handedOver = true;
            return quiet;
        } finally {
            if (!handedOver) {
                channel.close();
            }
        }
    }

    /** Which pages are in memory now; nothing if the system does not say. */
    static Optional<BitSet> resident(Path path, long size) {
        return Linux.library().flatMap(linux -> resident(linux, path, size));
    }

    private static Optional<BitSet> resident(Linux linux, Path path, long size) {
        int fd = linux.open(path.toString(), Linux.O_RDONLY);
        if (fd < 0) {
            return Optional.empty();
        }
        try {
            BitSet pages = new BitSet();
            for (long from = 0; from < size; from += WINDOW) {
                long length = Math.min(WINDOW, size - from);
                Pointer window = linux.mmap(null, length, Linux.PROT_READ, Linux.MAP_SHARED, fd, from);
                if (Pointer.nativeValue(window) == Linux.MAP_FAILED) {
                    return Optional.empty();
                }
                try {
                    byte[] flags = new byte[(int) ((length + PAGE - 1) / PAGE)];
                    if (linux.mincore(window, length, flags) != 0) {
                        return Optional.empty();
                    }
                    for (int i = 0; i < flags.length; i++) {
                        if ((flags[i] & 1) != 0) {
                            pages.set((int) (from / PAGE) + i);
                        }
                    }
                } finally {
                    linux.munmap(window, length);
                }
            }
            return Optional.of(pages);
        } finally {
            linux.close(fd);
        }
    }

    /** Gives the memory back that holds a file that has been written and synced, and that nobody here will read again. */
    public static void forget(Path path) {
        Linux.library().ifPresent(linux -> advise(linux, path, new BitSet(), 0));
    }

    private static void advise(Linux linux, Path path, BitSet kept, long size) {
        int fd = linux.open(path.toString(), Linux.O_RDONLY);
        if (fd < 0) {
            return;
        }
        try {
            if (kept.isEmpty()) {
                linux.posix_fadvise(fd, 0, 0, Linux.POSIX_FADV_DONTNEED);
                return;
            }
            int pages = (int) ((size + PAGE - 1) / PAGE);
            for (int from = kept.nextClearBit(0); from < pages; ) {
                int next = kept.nextSetBit(from);
                int to = next < 0 ? pages : next;
                linux.posix_fadvise(fd, (long) from * PAGE, (long) (to - from) * PAGE, Linux.POSIX_FADV_DONTNEED);
                from = kept.nextClearBit(to);
            }
        } finally {
            linux.close(fd);
        }
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        return channel.read(buffer);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        channel.close();
        resident.ifPresent(before -> Linux.library().ifPresent(linux -> advise(linux, path, before, size)));
    }
}
