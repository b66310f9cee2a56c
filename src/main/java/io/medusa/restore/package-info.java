/** Brings data back: download to a directory, or staged, checked and swapped into the node. */
@NullMarked
package io.medusa.restore;

import org.jspecify.annotations.NullMarked;
