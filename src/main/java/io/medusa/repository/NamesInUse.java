package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.storage.StoredObject;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the names of finished backups from being used again. */
final class NamesInUse {
    private static final Logger LOG = LoggerFactory.getLogger(NamesInUse.class);

    private NamesInUse() {}

    /**
     * Refuses the name of a finished backup of this node. If the run that finished it died before it wrote the index, the index is
     * completed first.
     *
     * @throws MedusaException of kind BACKUP_EXISTS
     */
    static void refuseFinishedAndComplete(Bucket bucket, NodeName node, BackupName name) {
        RepositoryLayout layout = bucket.layout();
        Optional<StoredObject> manifest = bucket.storage().stat(layout.meta(node, name, RepositoryLayout.MANIFEST));
        if (manifest.isEmpty()) {
            return;
        }
        Optional<StoredObject> schema = bucket.storage().stat(layout.meta(node, name, RepositoryLayout.SCHEMA));
        if (schema.isPresent() && !isIndexed(bucket, node, name)) {
            new IndexBuilder(bucket)
                    .add(new NodeBackup(
                            node,
                            name,
                            new Inventory(bucket).modeOf(node, name),
                            schema.get().modified(),
                            manifest.get().modified()));
            LOG.info("Added the finished backup {} to the index, where it was missing", name);
        }
        throw exists(bucket, node, name);
    }

    /** The same without writing anything. */
    static void refuseFinished(Bucket bucket, NodeName node, BackupName name) {
        if (bucket.storage()
                .stat(bucket.layout().meta(node, name, RepositoryLayout.MANIFEST))
                .isPresent()) {
            throw exists(bucket, node, name);
        }
    }

    private static boolean isIndexed(Bucket bucket, NodeName node, BackupName name) {
        RepositoryLayout layout = bucket.layout();
        try (Stream<StoredObject> objects = bucket.storage().list(layout.indexPrefix(Optional.of(name)))) {
            return objects.anyMatch(object -> layout.parseIndex(object.key().value())
                    .filter(entry -> entry.node().equals(node) && entry.kind() == IndexKind.FINISHED)
                    .isPresent());
        }
    }

    static MedusaException exists(Bucket bucket, NodeName node, BackupName name) {
        return new MedusaException(
                FailureKind.BACKUP_EXISTS,
                "backup " + name + " of node " + node + " is finished already in " + bucket.describe()
                        + ". Finished backups are never changed. Choose another name");
    }
}
