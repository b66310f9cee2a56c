package io.medusa.cli;

import picocli.CommandLine.Option;

/** {@code --yes} of commands that ask before they destroy something. */
final class Confirmation {
    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask for confirmation.")
    boolean yes;
}
