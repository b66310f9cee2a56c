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
    /** A recorded number may belong to another process since a reboot: works tells by the working directory. */
    private static final String END = """
            : > stop
            works() {
                [ -d "/proc/$1" ] || return 1
                d=$(readlink "/proc/$1/cwd")
                [ -z "$d" ] || [ "$d" = "$(pwd -P)" ]
            }
            i=0 told=
            while [ ! -s status ] && [ $i -lt 30 ]; do
                p=
                for q in $(cat claim pid 2>/dev/null); do
                    if works "$q"; then p=$q; break; fi
                done
                if [ -n "$p" ]; then
                    [ "$p" = "$told" ] || kill -TERM "$p"
                    told=$p
                elif [ $i -ge 3 ]; then
                    break
                fi
                i=$((i+1))
                sleep 1
            done
            if [ ! -s status ] && [ -n "$p" ]; then echo runs; exit 0; fi
            [ -s claim ] || [ -s pid ] || exit 0
            """;

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

    /**
     * Stops the job, like an interrupt from a terminal, also one whose command is still on its way: it finds the mark {@code stop}
     * and does not begin. Prints {@code runs} if the job has not ended after half a minute.
     */
    String end() {
        return "mkdir -p " + quoted() + " && cd " + quoted() + " || exit 0\n" + END + remove();
    }

    /** Removes the directory. */
    String remove() {
        return "rm -rf -- " + quoted();
    }
}
