package io.medusa.restore;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How the files of a backup are obtained.
 *
 * @param kept items whose target exists with the right content
 * @param linked the file with the right content, by the target that will be linked to it
 * @param linkedBytes size of the linked files
 * @param missing items to download
 */
record FetchPlan(List<FetchItem> kept, Map<Path, Path> linked, long linkedBytes, List<FetchItem> missing) {
    long missingBytes() {
        return bytes(missing);
    }

    long keptBytes() {
        return bytes(kept);
    }

    private static long bytes(List<FetchItem> items) {
        return items.stream().mapToLong(FetchItem::size).sum();
    }
}
