/** Checks everything that backups and restores will need. */
@NullMarked
package io.medusa.doctor;

import org.jspecify.annotations.NullMarked;
