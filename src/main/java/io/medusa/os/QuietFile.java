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
 * Reads a file without changing the page cache: pages that were cached before stay cached, because the database may need them, and
 * pages that this reading brought in are dropped when the file is closed. Small files are read normally, as are all files on systems
 * that do not report cached pages.
 */
public final class QuietFile implements ReadableByteChannel {
    /** Below this size the calls are not worthwhile. */
    static final long WORTH_IT = 1 << 20;

    private static final int PAGE = 4096;
    private static final long WINDOW = 1L << 30;

    private final FileChannel channel;
    private final Path path;
    private final long from;
    private final long length;
    private final boolean whole;
    private final Optional<BitSet> resident;
    private long left;

    private QuietFile(
            FileChannel channel, Path path, long from, long length, boolean whole, Optional<BitSet> resident) {
        this.channel = channel;
        this.path = path;
        this.from = from;
        this.length = length;
        this.whole = whole;
        this.resident = resident;
        this.left = whole ? Long.MAX_VALUE : length;
    }

    /** Opens the whole file, even if it grows. */
    public static ReadableByteChannel open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean handedOver = false;
        try {
            long size = channel.size();
            ReadableByteChannel quiet = size < WORTH_IT
                    ? channel
                    : new QuietFile(channel, path, 0, size, true, residentPages(path, 0, size));
            handedOver = true;
            return quiet;
        } finally {
            if (!handedOver) {
                channel.close();
            }
        }
    }

    /** Opens a range. */
    public static ReadableByteChannel open(Path path, long from, long length) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean handedOver = false;
        try {
            channel.position(from);
            ReadableByteChannel quiet = new QuietFile(
                    channel,
                    path,
                    from,
                    length,
                    false,
                    length < WORTH_IT ? Optional.empty() : residentPages(path, from, length));
            handedOver = true;
            return quiet;
        } finally {
            if (!handedOver) {
                channel.close();
            }
        }
    }

    /** Which pages are cached; empty if the system does not tell. */
    static Optional<BitSet> resident(Path path, long size) {
        return residentPages(path, 0, size);
    }

    /** Pages are numbered from the one that holds the first byte. */
    private static Optional<BitSet> residentPages(Path path, long start, long size) {
        long aligned = start / PAGE * PAGE;
        return Linux.library().flatMap(linux -> resident(linux, path, aligned, start - aligned + size));
    }

    private static Optional<BitSet> resident(Linux linux, Path path, long start, long size) {
        int fd = linux.open(path.toString(), Linux.O_RDONLY);
        if (fd < 0) {
            return Optional.empty();
        }
        try {
            BitSet pages = new BitSet();
            for (long from = 0; from < size; from += WINDOW) {
                long length = Math.min(WINDOW, size - from);
                Pointer window = linux.mmap(null, length, Linux.PROT_READ, Linux.MAP_SHARED, fd, start + from);
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

    /** Drops the cached pages of a file that has been written and synced and will not be read again. */
    public static void forget(Path path) {
        Linux.library().ifPresent(linux -> advise(linux, path, new BitSet(), 0, 0));
    }

    /** @param size 0 for the whole file */
    private static void advise(Linux linux, Path path, BitSet kept, long start, long size) {
        int fd = linux.open(path.toString(), Linux.O_RDONLY);
        if (fd < 0) {
            return;
        }
        try {
            if (kept.isEmpty()) {
                linux.posix_fadvise(fd, start, size, Linux.POSIX_FADV_DONTNEED);
                return;
            }
            int pages = (int) ((size + PAGE - 1) / PAGE);
            for (int from = kept.nextClearBit(0); from < pages; ) {
                int next = kept.nextSetBit(from);
                int to = next < 0 ? pages : next;
                linux.posix_fadvise(
                        fd, start + (long) from * PAGE, (long) (to - from) * PAGE, Linux.POSIX_FADV_DONTNEED);
                from = kept.nextClearBit(to);
            }
        } finally {
            linux.close(fd);
        }
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (left == 0) {
            return -1;
        }
        int limit = buffer.limit();
        if (buffer.remaining() > left) {
            buffer.limit(buffer.position() + (int) left);
        }
        int read = channel.read(buffer);
        buffer.limit(limit);
        left -= whole ? 0 : Math.max(read, 0);
        return read;
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
        long start = from / PAGE * PAGE;
        resident.ifPresent(before ->
                Linux.library().ifPresent(linux -> advise(linux, path, before, start, from - start + length)));
    }
}
