/** Backs this node up: lock, stagger, snapshot, plan, upload, publish. */
@NullMarked
package io.medusa.backup;

import org.jspecify.annotations.NullMarked;
