package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs single programs through sudo, without a shell and without waiting for a password. */
final class Sudo {
    /** Creates a hard link for each pair of paths on its standard input. */
    static final List<String> LINK = List.of("xargs", "-0", "-n", "2", "ln");

    private Sudo() {}

    /** Runs a program and waits for its end. */
    static void run(List<String> words) {
        output(words);
    }

    /** Runs a program, waits for its end and returns what it printed. */
    static String output(List<String> words) {
        List<String> command = new ArrayList<>(List.of("sudo", "-n", "--"));
        command.addAll(words);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE,
                        String.join(" ", command) + " failed: "
                                + output.strip().lines().reduce((a, b) -> b).orElse("no message")
                                + ". Allow it in sudoers without a password, or run as root");
            }
            return output;
        } catch (IOException failed) {
            throw Failures.ofFile("running " + String.join(" ", command), failed, FailureKind.LOCAL_FILE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }

    /** Creates hard links; a missing source is skipped. */
    static void link(Map<Path, Path> sources) {
        try {
            Path pairs = Files.createTempFile("medusa", ".links");
            try (OutputStream out = Files.newOutputStream(pairs)) {
                for (Map.Entry<Path, Path> pair : sources.entrySet()) {
                    out.write((pair.getValue() + "\0" + pair.getKey() + "\0").getBytes(StandardCharsets.UTF_8));
                }
            }
            try {
                List<String> command = new ArrayList<>(List.of("sudo", "-n", "--"));
                command.addAll(LINK);
                Process process = new ProcessBuilder(command)
                        .redirectInput(pairs.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.DISCARD)
                        .start();
                process.waitFor();
            } finally {
                Files.deleteIfExists(pairs);
            }
        } catch (IOException failed) {
            throw Failures.ofFile("linking files through sudo", failed, FailureKind.LOCAL_FILE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        }
    }
}
