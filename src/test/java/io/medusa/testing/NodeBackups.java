package io.medusa.testing;

import io.medusa.backup.BackupNode;
import io.medusa.backup.Stagger;
import io.medusa.cassandra.CassandraNode;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Differential backups of a whole node, for tests of what is done with them. */
public final class NodeBackups {
    private NodeBackups() {}

    /** Takes one in a bucket without prefix. */
    public static BackupNode.Result take(
            ObjectStorage storage, CassandraNode cassandra, NodeName node, BackupName name, Path temporaryDirectory) {
        return flow(storage, cassandra)
                .run(new BackupNode.Request(
                        node,
                        name,
                        BackupMode.DIFFERENTIAL,
                        TableScope.ALL,
                        Optional.empty(),
                        false,
                        false,
                        false,
                        temporaryDirectory));
    }

    /** The flow that takes them. */
    public static BackupNode flow(ObjectStorage storage, CassandraNode cassandra) {
        BackupCatalog catalog = new BackupCatalog(storage, new RepositoryLayout(""));
        return new BackupNode(
                catalog,
                cassandra,
                new TransferPool(2, false, Progress.NONE),
                new Stagger(catalog, Clock.systemUTC(), Duration.ofMillis(50)));
    }
}
