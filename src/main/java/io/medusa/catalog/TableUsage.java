package io.medusa.catalog;

/**
 * What a backup has of a table, over some nodes.
 *
 * @param nodes how many nodes have it, also without files
 */
public record TableUsage(int nodes, long files, long bytes) {
    TableUsage plus(TableUsage other) {
        return new TableUsage(nodes + other.nodes, files + other.files, bytes + other.bytes);
    }
}
