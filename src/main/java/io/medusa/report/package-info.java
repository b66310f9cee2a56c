/** The HTML report of {@code medusa report} and of the service, and the formats of times and sizes. */
@NullMarked
package io.medusa.report;

import org.jspecify.annotations.NullMarked;
