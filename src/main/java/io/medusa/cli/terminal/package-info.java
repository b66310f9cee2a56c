/** What people see while something runs: lines that are redrawn on a terminal, or a log line now and then. */
@NullMarked
package io.medusa.cli.terminal;

import org.jspecify.annotations.NullMarked;
