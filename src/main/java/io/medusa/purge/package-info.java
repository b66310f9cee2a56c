/** Deletes backups that have expired or that an operator deletes, and data that no backup needs any more. */
@NullMarked
package io.medusa.purge;

import org.jspecify.annotations.NullMarked;
