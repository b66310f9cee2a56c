package io.medusa.model;

/**
 * What a backup stores besides the data, so that it can be restored on another cluster.
 *
 * @param schema CQL for all readers of the shared layout (docs/compatibility.md 5, 16.2)
 * @param fullSchema the complete CQL: with table ids, dropped columns and unmodified literals
 */
public record BackupMetadata(String schema, String fullSchema, TokenMap tokenMap, ServerVersion version) {
    /** The same for a partial backup of a node. */
    public BackupMetadata limited(NodeName node, TableScope scope) {
        return scope.isAll() ? this : new BackupMetadata(schema, fullSchema, tokenMap.limited(node, scope), version);
    }
}
