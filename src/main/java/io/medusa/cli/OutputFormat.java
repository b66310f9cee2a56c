package io.medusa.cli;

/** How a result is printed; the constants are the words of the command line. */
enum OutputFormat {
    text,
    json
}
