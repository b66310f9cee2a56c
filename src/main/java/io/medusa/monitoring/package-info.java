/** Metrics of a flow, and the few places they can be sent to. */
@NullMarked
package io.medusa.monitoring;

import org.jspecify.annotations.NullMarked;
