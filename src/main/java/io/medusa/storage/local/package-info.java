/** Objects as files under a directory of this machine or of a mounted share. */
@NullMarked
package io.medusa.storage.local;

import org.jspecify.annotations.NullMarked;
