/** Looks whether everything is there that backups and restores need, before they need it. */
@NullMarked
package io.medusa.doctor;

import org.jspecify.annotations.NullMarked;
