/** Compares finished backups with what the storage holds. */
@NullMarked
package io.medusa.verify;

import org.jspecify.annotations.NullMarked;
