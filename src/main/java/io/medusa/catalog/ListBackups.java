package io.medusa.catalog;

import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupRepository;
import io.medusa.transfer.TransferPool;
import java.util.List;

/** Lists the cluster backups in the bucket. */
public final class ListBackups {
    private final BackupRepository repository;
    private final TransferPool transfers;

    /** Both stay the caller's to close. */
    public ListBackups(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    /**
     * Which backups to list.
     *
     * @param all whether those count too in which this node has no part
     */
    public record Request(NodeName node, boolean all) {}

    /** Names, times and completeness only, by start. */
    public List<ClusterBackup> run(Request request) {
        return repository.clusterBackups().stream()
                .filter(backup -> request.all()
                        || backup.nodeBackups().stream()
                                .anyMatch(node -> node.node().equals(request.node())))
                .toList();
    }

    /** The same with sizes and versions. */
    public List<BackupSummary> summaries(Request request) {
        return new Summaries(repository, transfers).of(run(request));
    }

    /** Whether the bucket has an index at all. */
    public boolean hasIndex() {
        return repository.indexExists();
    }
}
