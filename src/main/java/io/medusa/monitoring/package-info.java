/** Metrics of a flow, and the providers that receive them. */
@NullMarked
package io.medusa.monitoring;

import org.jspecify.annotations.NullMarked;
