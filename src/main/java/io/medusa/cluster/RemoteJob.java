package io.medusa.cluster;

import io.medusa.remote.Shell;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A command that survives its connection: {@code medusa-wrapper} runs it in its own directory, and stores there its output and
 * exit status (docs/compatibility.md 13). The directory is named after the work, so that a repeated run finds it.
 *
 * @param directory on the host
 */
record RemoteJob(String directory) {
    /** @param what the work and its object; the same text for the same work */
    static RemoteJob of(Path temporaryDirectory, String what) {
        return new RemoteJob(temporaryDirectory
                .resolve("medusa-job-" + UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8)))
                .toString());
    }

    private String quoted() {
        return Shell.quoted(directory);
    }

    /** Runs a command line, or waits for the one already running. */
    String run(String commandLine) {
        return "mkdir -p " + quoted() + "; cd " + quoted() + " && medusa-wrapper " + commandLine;
    }

    /** Runs it with a file that contains stdin, and whose path it receives as {@code $file}. */
    String runWithFile(String file, String commandLine) {
        return "mkdir -p " + quoted() + "; cd " + quoted() + " && { [ -s pid ] || cat > " + Shell.quoted(file)
                + "; } && medusa-wrapper " + commandLine;
    }

    /** Prints {@code runs} if the job is running. If it has ended, prints {@code ran} and clears its directory. */
    String look() {
        return "cd " + quoted()
                + " 2>/dev/null || exit 0; if [ ! -s status ]; then for p in $(cat claim pid 2>/dev/null);"
                + " do if [ -d /proc/$p ]; then echo runs; exit 0; fi; done; fi; echo ran; " + remove();
    }

    /** Prints the last lines that the command logged. */
    String tail(int lines) {
        return "tail -n " + lines + " " + Shell.quoted(directory + "/stderr") + " 2>/dev/null";
    }

    /** Stops the job, like an interrupt from a terminal. */
    String end() {
        return "cd " + quoted()
                + " 2>/dev/null || exit 0; [ -s status ] || kill -TERM $(cat pid); for i in 1 2 3 4 5 6 7"
                + " 8 9 10; do [ -s status ] && break; sleep 1; done; " + remove();
    }

    /** Removes the directory. */
    String remove() {
        return "rm -rf -- " + quoted();
    }
}
