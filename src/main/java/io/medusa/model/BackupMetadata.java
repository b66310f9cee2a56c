package io.medusa.model;

/**
 * What a backup keeps beside the data, so that it can be restored elsewhere.
 *
 * @param schema CQL that readers of the shared layout understand (docs/compatibility.md 5, 16.2)
 * @param fullSchema CQL with everything: ids, dropped columns, literals as they are
 */
public record BackupMetadata(String schema, String fullSchema, TokenMap tokenMap, ServerVersion version) {
    /** The same for a backup of some tables only, on the node of that name. */
    public BackupMetadata limited(NodeName node, TableScope scope) {
        return scope.isAll() ? this : new BackupMetadata(schema, fullSchema, tokenMap.limited(node, scope), version);
    }
}
