/** The command line: one class per command, from options to one flow to its printed result. */
@NullMarked
package io.medusa.cli;

import org.jspecify.annotations.NullMarked;
