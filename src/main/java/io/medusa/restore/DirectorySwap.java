package io.medusa.restore;

import io.medusa.model.TableDirectory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One directory of a stopped node that is swapped for a staged one, or removed.
 *
 * @param table the table it belongs to, or {@code null} for the whole data directory
 * @param staged whether a staged directory takes its place; otherwise it is only removed
 * @param identity of the staged directory, which a rename does not change; 0 if not looked up yet
 */
record DirectorySwap(Path dataDirectory, @Nullable TableDirectory table, boolean staged, long identity) {
    /** The directory of a table. */
    DirectorySwap(Path dataDirectory, TableDirectory table, boolean staged) {
        this(dataDirectory, table, staged, 0);
    }

    /** A whole data directory. */
    static DirectorySwap whole(Path dataDirectory) {
        return new DirectorySwap(dataDirectory, null, true, 0);
    }

    /** The directory that Cassandra uses. */
    Path live() {
        return table == null ? dataDirectory : dataDirectory.resolve(table.toString());
    }

    /** The same swap, for the staged directory of that identity. */
    DirectorySwap identified(long stagedDirectory) {
        return new DirectorySwap(dataDirectory, table, staged, stagedDirectory);
    }
}
