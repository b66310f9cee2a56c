/** Moves many files at once with bounded memory: the only place that makes threads. */
@NullMarked
package io.medusa.transfer;

import org.jspecify.annotations.NullMarked;
