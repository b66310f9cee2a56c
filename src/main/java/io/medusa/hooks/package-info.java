/** An operator's programs, run before and after what Medusa does. */
@NullMarked
package io.medusa.hooks;

import org.jspecify.annotations.NullMarked;
