/** The object storage port and its value types; knows nothing of backups. */
@NullMarked
package io.medusa.storage;

import org.jspecify.annotations.NullMarked;
