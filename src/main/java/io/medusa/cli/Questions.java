package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** Asks on standard input, as the Python Medusa does: {@code Y} or {@code n}, again until it is one of them. */
final class Questions {
    private final PrintWriter prompt;
    private @Nullable BufferedReader answers;

    Questions(PrintWriter prompt) {
        this.prompt = prompt;
    }

    /**
     * Whether the answer is {@code Y}.
     *
     * @throws MedusaException of kind REFUSED if there is no answer
     */
    boolean isYes(String question) {
        // one reader for all questions, since it reads ahead; not closed: standard input belongs to the process
        BufferedReader in = answers;
        if (in == null) {
            in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
            answers = in;
        }
        while (true) {
            prompt.print(question);
            prompt.flush();
            String answer = read(in);
            if (answer == null) {
                prompt.print("\n");
                prompt.flush();
                throw new MedusaException(
                        FailureKind.REFUSED, "there was no answer; nothing was changed. Use -y to skip the question");
            }
            if (answer.equals("Y") || answer.equals("n")) {
                return answer.equals("Y");
            }
        }
    }

    private static @Nullable String read(BufferedReader in) {
        try {
            return in.readLine();
        } catch (IOException noAnswer) {
            return null;
        }
    }
}
