package io.medusa.model;

/**
 * What a backup keeps beside the data, so that it can be restored elsewhere.
 *
 * @param schema CQL that readers of the shared layout understand (compat.md 5, 16.2)
 * @param fullSchema CQL with everything: ids, dropped columns, literals as they are
 */
public record BackupMetadata(String schema, String fullSchema, TokenMap tokenMap, ServerVersion version) {}
