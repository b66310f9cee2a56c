/** Deletes backups that retention, or an operator, lets go, and the data that nobody needs any more. */
@NullMarked
package io.medusa.purge;

import org.jspecify.annotations.NullMarked;
