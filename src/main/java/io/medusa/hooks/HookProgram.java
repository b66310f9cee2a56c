package io.medusa.hooks;

import io.medusa.error.Failures;
import io.medusa.os.ProcessTree;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program without a shell, with input on stdin and a bare environment: credentials in the variables of this process are not
 * handed on.
 */
final class HookProgram {
    private static final Set<String> HANDED_ON = Set.of(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "LANG",
            "TZ",
            "TMPDIR",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY");
    private static final int LONGEST = 300;

    private final List<String> words;
    private final Duration timeLimit;

    HookProgram(List<String> words, Duration timeLimit) {
        this.words = words;
        this.timeLimit = timeLimit;
    }

    /** Runs it to its end; returns why it failed, if it did. */
    Optional<String> run(String input, Map<String, String> variables) {
        try {
            Path output = Files.createTempFile("medusa-hook", ".log");
            try {
                return run(input, variables, output);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException failed) {
            return Optional.of(words.get(0) + " cannot be run; is it an executable program?");
        }
    }

    private Optional<String> run(String input, Map<String, String> variables, Path output) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(Redirect.to(output.toFile()));
        builder.environment().keySet().removeIf(name -> !HANDED_ON.contains(name) && !name.startsWith("LC_"));
        builder.environment().putAll(variables);
        Process process = builder.start();
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException unread) {
                // it need not read it
            }
            if (!process.waitFor(timeLimit.toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.of(words.get(0) + " did not end within " + timeLimit.toSeconds() + " s");
            }
            String last = lastLine(output);
            return process.exitValue() == 0
                    ? Optional.empty()
                    : Optional.of(words.get(0) + " ended with exit status " + process.exitValue()
                            + (last.isEmpty() ? "" : " (" + last + ")"));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        } finally {
            if (process.isAlive() && !new ProcessTree(process.toHandle()).end()) {
                process.destroyForcibly();
            }
        }
    }

    private static String lastLine(Path output) throws IOException {
        String last = new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .reduce((one, other) -> other)
                .orElse("")
                .strip();
        return last.length() > LONGEST ? last.substring(0, LONGEST) : last;
    }
}
