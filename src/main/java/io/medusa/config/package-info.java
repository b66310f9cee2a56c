/** The configuration file, the environment and the command line's overrides, read into records. */
@NullMarked
package io.medusa.config;

import org.jspecify.annotations.NullMarked;
