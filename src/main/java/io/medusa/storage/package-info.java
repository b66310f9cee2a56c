/** The object storage port and its value types. Independent of backups. */
@NullMarked
package io.medusa.storage;

import org.jspecify.annotations.NullMarked;
