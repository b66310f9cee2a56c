package io.medusa.backup;

import io.medusa.model.TableDirectory;

/**
 * A file of the node whose content differs from what Cassandra wrote.
 *
 * @param file below the table's directory
 * @param damage what is wrong, and where if known
 */
public record DamagedFile(TableDirectory table, String file, String damage) {}
