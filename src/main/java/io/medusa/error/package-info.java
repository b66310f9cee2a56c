/** Expected failures: one exception type, whose kind decides the exit status. */
@NullMarked
package io.medusa.error;

import org.jspecify.annotations.NullMarked;
