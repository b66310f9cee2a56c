package io.medusa.error;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Errors of the system that the JDK reports by their words only. The JDK sets the locale of the process, on which the words depend, so
 * the C library is asked for them.
 */
final class Errno {
    /** The disk or the user's quota is full: ENOSPC and EDQUOT of Linux. */
    static final Errno NO_SPACE =
            new Errno(List.of("No space left on device", "Not enough space", "Disk quota exceeded"), 28, 122);
    /** The reader of a pipe has closed it: EPIPE of Linux. */
    static final Errno BROKEN_PIPE = new Errno(List.of("Broken pipe"), 32);

    static final Errno PERMISSION_DENIED = new Errno(List.of("Permission denied"), 13);
    static final Errno READ_ONLY = new Errno(List.of("Read-only file system"), 30);

    private final List<String> inEnglish;
    private final int[] numbers;

    private Errno(List<String> inEnglish, int... numbers) {
        this.inEnglish = inEnglish;
        this.numbers = numbers;
    }

    /** The call that is needed here. */
    interface CLibrary extends Library {
        String strerror(int number);
    }

    /** Whether this is the reason of a failure. */
    boolean isIn(String reason) {
        return words(System.getProperty("os.name", "").equals("Linux") ? Loaded.LIBRARY : Optional.empty()).stream()
                .anyMatch(reason::contains);
    }

    /** @param library empty if there is none, or if its numbers are unknown */
    List<String> words(Optional<CLibrary> library) {
        return library.map(c -> IntStream.of(numbers).mapToObj(c::strerror).toList())
                .orElse(inEnglish);
    }

    /** When the first file operation fails. */
    private static final class Loaded {
        private static final Optional<CLibrary> LIBRARY = load();

        private static Optional<CLibrary> load() {
            try {
                return Optional.of(Native.load("c", CLibrary.class));
            } catch (UnsatisfiedLinkError | NoClassDefFoundError missing) {
                return Optional.empty();
            }
        }
    }
}
