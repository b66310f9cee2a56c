package io.medusa.cli;

import picocli.CommandLine.Option;

/** {@code --yes} of commands that change something but never ask, so that scripts can always give it. */
final class NoQuestions {
    @Option(
            names = {"-y", "--yes"},
            description = "Accepted and ignored: this command does not ask for confirmation.")
    boolean yes;
}
