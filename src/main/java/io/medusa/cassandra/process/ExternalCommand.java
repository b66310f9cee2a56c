package io.medusa.cassandra.process;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.ChildEnvironment;
import io.medusa.os.ProcessTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs a program without a shell. Its output goes to a temporary file, not to a pipe, which a daemon that it leaves behind would
 * keep open forever.
 */
public final class ExternalCommand {
    /** The first line of nodetool's stack traces. */
    private static final String STACK_TRACE = "-- StackTrace --";

    private static final int MOST_LINES = 100;
    private static final int LONGEST = 500;

    private final List<String> words;

    /** @param words the program and its arguments, none of them secret */
    public ExternalCommand(List<String> words) {
        this.words = List.copyOf(words);
    }

    /**
     * The result of a program.
     *
     * @param exitStatus -1 if it did not end by itself
     * @param output the last lines that it printed, without blank ones
     */
    public record Outcome(int exitStatus, List<String> output) {
        public Outcome {
            output = List.copyOf(output);
        }

        /** The last line that it printed, possibly empty. */
        public String lastLine() {
            return output.isEmpty() ? "" : output.get(output.size() - 1);
        }

        /** The output before a stack trace, in one line. */
        public String message() {
            String text = output.stream()
                    .takeWhile(line -> !line.equals(STACK_TRACE))
                    .filter(line -> !line.startsWith("at "))
                    .collect(Collectors.joining(" "));
            return text.length() > LONGEST ? text.substring(text.length() - LONGEST) : text;
        }

        /** Whether it succeeded. */
        public boolean succeeded() {
            return exitStatus == 0;
        }
    }

    /**
     * Runs it and waits for its end.
     *
     * @throws MedusaException of kind TIMEOUT if it takes longer; then it was terminated
     */
    public Outcome run(Duration atMost) {
        Outcome outcome = runOrTerminate(() -> false, atMost);
        if (outcome.exitStatus() < 0) {
            throw new MedusaException(FailureKind.TIMEOUT, this + " did not end within " + atMost.toSeconds() + " s");
        }
        return outcome;
    }

    /**
     * Runs it until it ends, the condition holds or the time is up; in the last two cases, and if this thread is interrupted, it is
     * terminated with its children.
     *
     * @throws MedusaException if it cannot be terminated
     */
    Outcome runOrTerminate(BooleanSupplier condition, Duration atMost) {
        return run(condition, atMost, this::terminate);
    }

    /** Runs it until it ends, the condition holds or the time is up; in the last two cases it is left running. */
    Outcome runUntil(BooleanSupplier condition, Duration atMost) {
        return run(condition, atMost, running -> {});
    }

    private void terminate(Process running) {
        if (!new ProcessTree(running.toHandle()).end()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    this + " still runs (process " + running.pid() + "), and user "
                            + System.getProperty("user.name")
                            + " cannot terminate it. End it first, as it may stop Cassandra later, and run the same command"
                            + " again");
        }
    }

    /** @param unfinished what to do with a process that did not end by itself */
    private Outcome run(BooleanSupplier condition, Duration atMost, Consumer<Process> unfinished) {
        if (words.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE, "a command in [cassandra] is empty; set start_cmd and stop_cmd");
        }
        Path output = null;
        Process process = null;
        try {
            output = Files.createTempFile("medusa-command", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
            ChildEnvironment.withoutOptions(builder.environment());
            process = builder.start();
            process.getOutputStream().close();
            long end = System.nanoTime() + atMost.toNanos();
            boolean ended = false;
            while (!ended && System.nanoTime() < end && !condition.getAsBoolean()) {
                ended = process.waitFor(250, TimeUnit.MILLISECONDS);
            }
            if (!ended) {
                unfinished.accept(process);
            }
            return new Outcome(ended ? process.exitValue() : -1, lastLines(output));
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    this + " cannot be run: "
                            + (Files.isExecutable(Path.of(words.get(0))) ? failed.getMessage() : "no such program"),
                    failed);
        } catch (InterruptedException interrupted) {
            try {
                if (process != null) {
                    unfinished.accept(process);
                }
            } finally {
                Thread.currentThread().interrupt();
            }
            throw Failures.interrupted(interrupted);
        } finally {
            delete(output);
        }
    }

    private static List<String> lastLines(Path output) throws IOException {
        List<String> lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .map(String::strip)
                .toList();
        return lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size());
    }

    private static void delete(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            // a few bytes in the temporary directory
        }
    }

    @Override
    public String toString() {
        return "command '" + String.join(" ", words) + "'";
    }
}
