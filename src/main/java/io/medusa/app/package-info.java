/** Composition by hand: configuration in, storage, node, pools and flows out. */
@NullMarked
package io.medusa.app;

import org.jspecify.annotations.NullMarked;
