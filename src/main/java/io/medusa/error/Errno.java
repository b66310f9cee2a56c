package io.medusa.error;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.List;

/**
 * The system's own words for the errors that the JDK reports by their words only. They depend on the locale of the process, so the
 * C library is asked for them.
 */
final class Errno {
    /** "No space left on device" and "Disk quota exceeded" (errno.h). */
    private static final int[] NO_SPACE = {28, 122};

    private static final List<String> NO_SPACE_IN_ENGLISH =
            List.of("No space left on device", "Not enough space", "Disk quota exceeded");

    private Errno() {}

    /** The call that is needed here. */
    interface CLibrary extends Library {
        String strerror(int number);
    }

    /** Whether the reason of a failure says that the disk or the user's quota is full. */
    static boolean isNoSpace(String reason) {
        return Words.NO_SPACE.stream().anyMatch(reason::contains);
    }

    /** Asks when the first file operation fails. */
    private static final class Words {
        private static final List<String> NO_SPACE = noSpace();

        private static List<String> noSpace() {
            if (!System.getProperty("os.name", "").equals("Linux")) {
                return NO_SPACE_IN_ENGLISH;
            }
            try {
                CLibrary library = Native.load("c", CLibrary.class);
                return List.of(library.strerror(Errno.NO_SPACE[0]), library.strerror(Errno.NO_SPACE[1]));
            } catch (UnsatisfiedLinkError | NoClassDefFoundError missing) {
                return NO_SPACE_IN_ENGLISH;
            }
        }
    }
}
