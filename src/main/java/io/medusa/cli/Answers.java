package io.medusa.cli;

import io.medusa.cli.terminal.Console;
import io.medusa.transfer.Background;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.Optional;

/** The answers that a person types. A signal ends the wait for one, since a read from a terminal cannot be interrupted. */
final class Answers {
    private final Console console;
    // one for all questions, since it reads ahead; not closed: standard input belongs to the process
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));

    /** @param console is told of each answer, since the terminal shows it by itself */
    Answers(Console console) {
        this.console = console;
    }

    /**
     * Waits for a line; empty if standard input has ended.
     *
     * @throws io.medusa.error.MedusaException of kind INTERRUPTED if the thread is interrupted
     */
    Optional<String> next() {
        Optional<String> line = Background.start("answer", this::line).await();
        console.answered();
        return line;
    }

    private Optional<String> line() {
        try {
            return Optional.ofNullable(in.readLine());
        } catch (IOException unreadable) {
            // the same as no answer
            return Optional.empty();
        }
    }
}
