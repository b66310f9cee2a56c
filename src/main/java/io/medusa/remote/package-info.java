/** Other hosts: commands run there, one result for each, whatever happens. */
@NullMarked
package io.medusa.remote;

import org.jspecify.annotations.NullMarked;
