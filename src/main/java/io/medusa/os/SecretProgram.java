package io.medusa.os;

import io.medusa.error.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program that prints a secret. What it prints reaches neither a file nor a log nor a message. */
public final class SecretProgram {
    private static final Duration AT_MOST = Duration.ofSeconds(30);
    private static final int LARGEST = 1 << 14;
    private static final int LOOKS = 20;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(25);

    private SecretProgram() {}

    /**
     * What it prints on stdout; what it prints on stderr is dropped.
     *
     * @throws IOException if it cannot be run, fails, prints too much or takes too long; the message says which
     */
    public static String output(List<String> words) throws IOException {
        return output(words, AT_MOST);
    }

    static String output(List<String> words, Duration atMost) throws IOException {
        if (words.isEmpty()) {
            throw new IOException("the command is empty");
        }
        String program = words.get(0);
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(words)
                    .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                    .redirectError(Redirect.DISCARD);
            ChildEnvironment.withoutOptions(builder.environment());
            process = builder.start();
        } catch (IOException failed) {
            throw new IOException(program + " cannot be run; is it an executable program?", failed);
        }
        try (InputStream out = process.getInputStream()) {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(program + " did not end within " + atMost.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(program + " failed with exit status " + process.exitValue());
            }
            return new String(printed(out), StandardCharsets.UTF_8);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        } finally {
            if (process.isAlive() && !new ProcessTree(process.toHandle()).end()) {
                process.destroyForcibly();
            }
        }
    }

    /** What a program that has ended left in its pipe, and no more: a child that it left behind may keep the pipe open. */
    private static byte[] printed(InputStream out) {
        for (int look = 0; look < LOOKS; look++) {
            try {
                byte[] bytes = out.readNBytes(Math.min(out.available(), LARGEST));
                if (bytes.length > 0) {
                    return bytes;
                }
            } catch (IOException moving) {
                // the JDK is just taking over what is left in the pipe
            }
            Failures.pause(BETWEEN_LOOKS);
        }
        return new byte[0];
    }
}
