/** Containers of Azure Blob Storage, through Microsoft's client. */
@NullMarked
package io.medusa.storage.azure;

import org.jspecify.annotations.NullMarked;
