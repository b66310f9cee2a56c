package io.medusa.cli;

import java.util.Optional;

/** A command that may leave something behind when it is interrupted. */
interface Interruptible {
    /** What is left, how to resume, and how to give up, for the end of an error message; empty if nothing is left. */
    Optional<String> afterInterrupt();
}
