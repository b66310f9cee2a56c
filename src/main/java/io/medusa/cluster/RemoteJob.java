package io.medusa.cluster;

import io.medusa.remote.Shell;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A command that goes on without us: {@code medusa-wrapper} runs it in a directory of its own and leaves there what it prints and
 * how it ends (docs/compatibility.md 13). The directory's name follows from what is done, so that whoever does the same again finds it.
 *
 * @param directory on the host
 */
record RemoteJob(String directory) {
    /** @param what is done, to what: the same text for the same work */
    static RemoteJob of(Path temporaryDirectory, String what) {
        return new RemoteJob(temporaryDirectory
                .resolve("medusa-job-" + UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8)))
                .toString());
    }

    private String quoted() {
        return Shell.quoted(directory);
    }

    /** Runs a command line, or waits for the one that runs there. */
    String run(String commandLine) {
        return "mkdir -p " + quoted() + "; cd " + quoted() + " && medusa-wrapper " + commandLine;
    }

    /** Runs it with a file beside it that holds what comes on stdin, and that it is told of as {@code $file}. */
    String runWithFile(String file, String commandLine) {
        return "mkdir -p " + quoted() + "; cd " + quoted() + " && { [ -s pid ] || cat > " + Shell.quoted(file)
                + "; } && medusa-wrapper " + commandLine;
    }

    /** Prints {@code runs} if somebody works there; what has ended is cleared away, after {@code ran} has been printed. */
    String look() {
        return "cd " + quoted()
                + " 2>/dev/null || exit 0; if [ ! -s status ]; then for p in $(cat claim pid 2>/dev/null);"
                + " do if [ -d /proc/$p ]; then echo runs; exit 0; fi; done; fi; echo ran; " + remove();
    }

    /** Prints the last lines that the command has logged. */
    String tail(int lines) {
        return "tail -n " + lines + " " + Shell.quoted(directory + "/stderr") + " 2>/dev/null";
    }

    /** Ends what runs there, as a signal from a terminal would. */
    String end() {
        return "cd " + quoted()
                + " 2>/dev/null || exit 0; [ -s status ] || kill -TERM $(cat pid); for i in 1 2 3 4 5 6 7"
                + " 8 9 10; do [ -s status ] && break; sleep 1; done; " + remove();
    }

    /** Clears the directory away. */
    String remove() {
        return "rm -rf -- " + quoted();
    }
}
