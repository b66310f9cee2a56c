package io.medusa.config;

import java.nio.file.Path;

/** Where the bucket is, with just the settings that this kind of store has. */
public sealed interface StorageTarget {
    /**
     * A directory.
     *
     * @param bucket {@code base_path/bucket_name}
     */
    record Local(Path bucket) implements StorageTarget {}
}
