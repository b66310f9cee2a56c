package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.PrintWriter;
import java.util.Optional;

/** Asks on standard input, as the Python Medusa does: {@code Y} or {@code n}, again until it is one of them. */
final class Questions {
    private final PrintWriter prompt;
    private final Answers answers;

    Questions(PrintWriter prompt, Answers answers) {
        this.prompt = prompt;
        this.answers = answers;
    }

    /**
     * Whether the answer is {@code Y}.
     *
     * @throws MedusaException of kind REFUSED if there is no answer
     */
    boolean isYes(String question) {
        while (true) {
            prompt.print(question);
            prompt.flush();
            Optional<String> answer = answers.next();
            if (answer.isEmpty()) {
                prompt.print("\n");
                prompt.flush();
                throw new MedusaException(
                        FailureKind.REFUSED, "there was no answer; nothing was changed. Use -y to skip the question");
            }
            if (answer.get().equals("Y") || answer.get().equals("n")) {
                return answer.get().equals("Y");
            }
        }
    }
}
