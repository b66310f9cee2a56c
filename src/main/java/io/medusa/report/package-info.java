/** What people are shown of the backups: the page of {@code medusa report} and of the service, and how times and sizes are written. */
@NullMarked
package io.medusa.report;

import org.jspecify.annotations.NullMarked;
