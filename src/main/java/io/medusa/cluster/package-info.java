/** Whole clusters: the commands of single nodes, run on all of them over SSH, and what came of it. */
@NullMarked
package io.medusa.cluster;

import org.jspecify.annotations.NullMarked;
