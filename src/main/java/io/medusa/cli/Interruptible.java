package io.medusa.cli;

/** A command that leaves something behind when it is interrupted. */
interface Interruptible {
    /** What is left, how to resume, and how to give up: sentences for the end of an error message. */
    String afterInterrupt();
}
