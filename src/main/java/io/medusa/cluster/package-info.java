/** Whole clusters: runs the commands of single nodes on all of them, and collects the outcomes. */
@NullMarked
package io.medusa.cluster;

import org.jspecify.annotations.NullMarked;
