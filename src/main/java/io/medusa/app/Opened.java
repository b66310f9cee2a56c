package io.medusa.app;

import io.medusa.cassandra.CassandraNode;
import io.medusa.config.MedusaConfig;
import io.medusa.os.SystemClock;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Clock;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is opened once for a version of the configuration, and may be shared by calls: above all the client of the store. */
final class Opened implements AutoCloseable {
    /** Concurrent small requests: they wait for the store, and neither move data nor need memory. */
    private static final int LOOKUPS = 32;

    final MedusaConfig config;
    final Map<String, String> environment;
    final Clock clock = SystemClock.utc();
    final CassandraParts cassandra;
    final ObjectStorage storage;
    final BackupCatalog catalog;

    /** @param node to back up instead of the one that the configuration describes; {@code null} for that one */
    Opened(MedusaConfig config, Map<String, String> environment, @Nullable Supplier<CassandraNode> node) {
        this.config = config;
        this.environment = environment;
        this.cassandra = new CassandraParts(config, node);
        this.storage = Stores.open(config.storage().target());
        this.catalog = new BackupCatalog(
                new Bucket(storage, new RepositoryLayout(config.storage().prefix()), lookups(), clock));
    }

    /** A pool for small requests. */
    static TransferPool lookups() {
        return new TransferPool(LOOKUPS, false, Progress.NONE);
    }

    @Override
    public void close() {
        storage.close();
    }
}
