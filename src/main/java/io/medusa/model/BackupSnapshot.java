package io.medusa.model;

import java.time.Instant;
import java.util.Optional;

/**
 * The snapshot that a node backup was made of.
 *
 * @param id a word that no other snapshot has; nothing if it was not taken by this program
 * @param taken when its taking began, by the clock of its node
 * @param schemaVersion the version of the schema that it shows, where that is known
 */
public record BackupSnapshot(Optional<String> id, Instant taken, Optional<String> schemaVersion) {}
