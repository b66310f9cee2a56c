/** Restores backups: into a directory, or staged, verified and swapped into the node. */
@NullMarked
package io.medusa.restore;

import org.jspecify.annotations.NullMarked;
