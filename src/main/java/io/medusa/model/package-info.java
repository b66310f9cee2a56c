/** The nouns of the field as values: backups, nodes, tables, manifests, token maps and hashes; no input or output. */
@NullMarked
package io.medusa.model;

import org.jspecify.annotations.NullMarked;
